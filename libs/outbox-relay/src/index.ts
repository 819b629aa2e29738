export { proofOf, readFacts } from './checkpoint/proof.js';
export { DatabaseRelay, type DatabaseRelayOptions } from './database/database-relay.js';
export type { PublishableTopics } from './publish/skips.js';
export { Relay, type RelayOptions } from './relay.js';
export type { SourceKind } from './source/outbox-source.js';
export type { FlowStatus, RelayStatus } from './status/relay-status.js';
