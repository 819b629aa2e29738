export { type KafkaBroker, kafkaBroker } from './kafka-broker.js';
export type { KafkaBrokerOptions } from './options.js';
