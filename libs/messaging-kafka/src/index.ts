export { type KafkaBroker, kafkaBroker } from './kafka-broker.js';
export type { KafkaBrokerOptions, SaslOptions } from './options.js';
