// What an operator's tool needs to look at a service's messages, and no more: without Nest and Kafka it starts at once.
export { type HeldFilter, type HeldMessage, type HeldMessageWithPayload, HeldReader, type HeldStatus } from './consuming/held-reader.js';
export type { OutboxProgress } from './outbox/outbox-progress.js';
export { mostCounted, OutboxReader, type WrittenMessage } from './outbox/outbox-reader.js';
export type { FlowStatus, RelayState, RelayStatus } from './relay/relay-status.js';
export { PgClient, pgKeepAlive } from './transaction/pg-client.js';
export { PgSessions } from './transaction/pg-sessions.js';
export { Transactions } from './transaction/transactions.js';
