// Configuration alone, without loading Nest or TypeORM, for processes that must stay small.
export { brokerConfig, httpConfig, managementPort, milliseconds, operationsOpen, postgresUrl } from './config-fields.js';
export { hasPassword, kafkaAccessPerService } from './kafka-access.js';
export { ConfigError, parseConfig } from './parse-config.js';
export { type SecurityConfig, tokenSettings } from './security-config.js';
export { type HttpLimits, httpLimits, httpMaxConnections, limitsOf } from './server-limits.js';
