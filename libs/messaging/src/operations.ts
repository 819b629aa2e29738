// What operators see of a service's messages.
export {
  type HeldFilter,
  type HeldMessage,
  type HeldMessageWithPayload,
  HeldReader,
  type HeldStatus,
} from './dead-letters/held-reader.js';
export { outboxMetrics, outboxProblem, outboxProgress } from './outbox/outbox-progress.js';
export { mostCounted, OutboxReader } from './outbox/outbox-reader.js';
