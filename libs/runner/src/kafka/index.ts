export { kafkaVersion } from './installation.js';
export { kafkaProgram, whyNoKafka } from './kafka.js';
