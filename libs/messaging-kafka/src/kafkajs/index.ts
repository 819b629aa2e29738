export { type KafkaJsBroker, kafkaJsBroker, kafkaJsLacks } from './kafkajs-broker.js';
export type { KafkaJsBrokerOptions } from './options.js';
