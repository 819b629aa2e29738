// Configuration alone, for a process that must stay small: it loads neither Nest nor TypeORM.
export { brokerConfig, httpConfig, milliseconds } from './config-fields.js';
export { ConfigError, parseConfig } from './parse-config.js';
export { type HttpLimits, httpLimits, httpMaxConnections, limitsOf } from './server-limits.js';
