export { kafkaVersion } from './installation.js';
export { kafkaProgram } from './kafka.js';
