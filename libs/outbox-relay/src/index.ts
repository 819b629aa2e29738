export { DatabaseRelay, type DatabaseRelayOptions } from './database-relay.js';
export { proofOf, readFacts } from './proof.js';
export { Relay, type RelayOptions } from './relay.js';
export type { FlowStatus, RelayStatus } from './relay-status.js';
export type { PublishableTopics } from './skips.js';
