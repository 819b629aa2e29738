export { kafkaVersion } from './installation.js';
export { kafkaProgram, whyNoKafka, whyNoSecuredKafka } from './kafka.js';
export { answersMetadata } from './probe.js';
export { kafkaSettingsFor } from './security/secured-kafka.js';
