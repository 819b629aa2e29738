// What a relay process needs, and no more: without Nest it takes 40 MB less.
export type { Broker } from '../broker/broker.js';
export { type KafkaBroker, kafkaBroker } from '../broker/kafka/kafka-broker.js';
export type { KafkaBrokerOptions } from '../broker/kafka/options.js';
export { databaseOf } from '../postgres/database-problem.js';
export { DatabaseRelay, type DatabaseRelayOptions } from './database-relay.js';
export { proofOf, readFacts } from './proof.js';
export { Relay, type RelayOptions } from './relay.js';
export type { FlowStatus, RelayState, RelayStatus } from './relay-status.js';
export type { PublishableTopics, Skip } from './skips.js';
