// For applications and the libs above: messages, transactions, the outbox, and the handling of what arrives.

export { decodePayload } from './handling/decoder.js';
export { ConcurrentUpdate, classify, MessageRejected, rejectLeap, rejectReissue, textOf, Undecodable } from './handling/errors.js';
export {
  type CommandHandler,
  type EventHandler,
  type Handler,
  type IncomingMessage,
  type Middleware,
  NotYet,
  type ReplyHandler,
} from './handling/handler.js';
export { type ConsumerOptions, MessageConsumer } from './handling/message-consumer.js';
export type { ProcessorCounts } from './handling/outcomes.js';
export { answerOf } from './handling/pipeline.js';
export { Replayer, type ReplayOptions, type ReplayReport, replay } from './handling/replay.js';
export { inboxId } from './inbox/inbox.js';
export { actingAs, actorOf, currentActor } from './message/actor.js';
export type { Answer } from './message/answer.js';
export { commandHeader, outcomeOf } from './message/answer.js';
export {
  type Channel,
  type CommandChannel,
  type CommandType,
  command,
  commandChannel,
  type EventChannel,
  type EventType,
  event,
  eventChannel,
  isBelow,
  type PayloadOf,
  type Refusal,
  type ReplyChannel,
  type ReplyOf,
  replyChannel,
} from './message/contract.js';
export type { Envelope, Extensions } from './message/envelope.js';
export { type ExtensionHeader, extensionHeader, logFieldsOf } from './message/extensions.js';
export { type MessageContext, messageContext } from './message/message-context.js';
export {
  type ContentType,
  type ContentTypes,
  jsonContentType,
  jsonPayload,
  type PayloadType,
  protobufContentType,
} from './message/payload.js';
export {
  type CommandSender,
  type EventSource,
  MessageTooLarge,
  type OccurredEvent,
  Outbox,
  occurred,
} from './outbox/outbox.js';
export { OutboxProgress, RelayProgress, relayProgress } from './outbox/outbox-progress.js';
export { SlotProgress } from './outbox/slot-progress.js';
export type { Statement } from './postgres/statement.js';
export { Retention, type RetentionReport } from './retention/retention.js';
export {
  messagingSchema,
  messagingSchemaDowngrade,
  messagingSchemaUpgrade,
  operatorActionsDowngrade,
  partitionFunctionsDowngrade,
} from './schema/messaging-schema.js';
export { ClientSession } from './transaction/client-session.js';
export { PgSessions } from './transaction/pg-sessions.js';
export { queryWith } from './transaction/query-with.js';
export { type Rows, type Session, type SessionSource, TransactionAborted } from './transaction/session.js';
export { type Collector, NoTransaction, Transaction, Transactions } from './transaction/transactions.js';
