export type { PostgresBrokerOptions } from './options.js';
export { type PostgresBroker, postgresBroker } from './postgres-broker.js';
