// The operators' view of a service's messages.
export {
  type DeadLetter,
  type DeadLetterFilter,
  DeadLetterReader,
  type DeadLetterStatus,
  type DeadLetterWithPayload,
} from './dead-letters/dead-letter-reader.js';
export { outboxMetrics, outboxProblem, type PublishingState } from './outbox/outbox-progress.js';
export { mostCounted, OutboxReader } from './outbox/outbox-reader.js';
