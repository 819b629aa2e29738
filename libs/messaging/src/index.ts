// For applications and the libs above: messages, transactions, the outbox, and the handling of what arrives.

export type { ProcessorCounts } from './handling/batch-processor.js';
export { Dispatcher } from './handling/dispatcher.js';
export { ConcurrentUpdate, classify, MessageRejected, Undecodable } from './handling/errors.js';
export {
  type CommandHandler,
  type CommandMiddleware,
  type EventHandler,
  type Handler,
  type IncomingMessage,
  NotYet,
  type ReplyHandler,
} from './handling/handler.js';
export { type ConsumerOptions, MessageConsumer } from './handling/message-consumer.js';
export { rejectLeap } from './handling/rejections.js';
export { type ReplayReport, replay } from './handling/replay.js';
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
  sentBy,
} from './message/contract.js';
export type { Envelope, Extensions } from './message/envelope.js';
export { type ExtensionHeader, extensionHeader, logFieldsOf } from './message/extensions.js';
export { type MessageContext, messageContext } from './message/message-context.js';
export { type ContentType, jsonContentType, jsonPayload, type PayloadType, protobufContentType } from './message/payload.js';
export {
  type CommandSender,
  type EventSource,
  MessageTooLarge,
  type OccurredEvent,
  Outbox,
  occurred,
} from './outbox/outbox.js';
export { Retention, type RetentionReport } from './retention/retention.js';
export { messagingSchema, messagingSchemaDowngrade, messagingSchemaUpgrade } from './schema/messaging-schema.js';
export { PgSessions, queryWith } from './transaction/pg-sessions.js';
export { type Rows, type Session, type SessionSource, type Statement, TransactionAborted } from './transaction/session.js';
export { type Collector, NoTransaction, Transaction, Transactions } from './transaction/transactions.js';
