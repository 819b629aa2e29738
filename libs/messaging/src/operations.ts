// The operators' view of a service's messages.
export {
  DeadLetterActions,
  DeadLetterNotFound,
  DeadLetterNotOpen,
  deadLetterSubject,
  type RedriveTarget,
} from './dead-letters/dead-letter-actions.js';
export {
  type DeadLetter,
  type DeadLetterFilter,
  DeadLetterReader,
  type DeadLetterStatus,
  type DeadLetterWithPayload,
} from './dead-letters/dead-letter-reader.js';
export { type Operator, type OperatorAction, OperatorActions } from './operations/operator-actions.js';
export { OutboxActions } from './outbox/outbox-actions.js';
export { outboxMetrics, outboxProblem, type PublishingState } from './outbox/outbox-progress.js';
export {
  mostCounted,
  OutboxReader,
  type OutboxState,
  type RetainedMessage,
  type SkippedMessage,
  type WaitingMessage,
} from './outbox/outbox-reader.js';
export {
  mostStruck,
  type StruckMessage,
  StruckMessageActions,
  StruckMessages,
  TooManyStruck,
} from './struck-messages/struck-messages.js';
