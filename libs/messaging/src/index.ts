export * from './broker/broker.js';
export { type KafkaBroker, kafkaBroker } from './broker/kafka/kafka-broker.js';
export type { KafkaBrokerOptions } from './broker/kafka/options.js';
export { type MemoryBroker, type MemoryBrokerOptions, memoryBroker } from './broker/memory/memory-broker.js';
export * from './broker/pipeline.js';
export type { MessagingLogger, ProcessorCounts } from './consuming/batch-processor.js';
export { type Dispatchable, Dispatcher, type DispatcherOptions } from './consuming/dispatcher.js';
export { ConcurrentUpdate, classify, type ErrorClass, MessageRejected, Undecodable } from './consuming/errors.js';
export * from './consuming/handler.js';
export { type ConsumerOptions, MessageConsumer } from './consuming/message-consumer.js';
export { rejectLeap } from './consuming/rejections.js';
export { type ReplayOptions, type ReplayReport, replay } from './consuming/replay.js';
export { diagnostics } from './diagnostics.js';
export * from './message/contract.js';
export * from './message/envelope.js';
export * from './message/message-context.js';
export * from './message/payload.js';
export { Durations } from './metrics/durations.js';
export { type Metric, MetricsSource, type Sample } from './metrics/metric.js';
export { HandlesCommand, HandlesEvent, IndependentPerKey } from './nest/decorators.js';
export { HandlerExplorer, messagingContextType } from './nest/handler-explorer.js';
export { MessagingModule } from './nest/messaging.module.js';
export { MessagingExtension } from './nest/messaging-extension.js';
export { MessagingHealth } from './nest/messaging-health.js';
export type { MessagingModuleOptions } from './nest/messaging-options.js';
export { MessagingRuntime } from './nest/messaging-runtime.js';
export { nestLogger } from './nest/nest-logger.js';
export {
  type AnsweredCommand,
  type CommandSender,
  type EventSource,
  MessageTooLarge,
  type OccurredEvent,
  Outbox,
  occurred,
} from './outbox/outbox.js';
export { type OutboxRecord, outboxColumns } from './outbox/outbox-record.js';
export { databaseOf, databaseProblem } from './postgres/database-problem.js';
export { inspectPostgres, oldestPostgres, type PostgresServer, UnsupportedPostgres } from './postgres/server.js';
export { DatabaseRelay, type DatabaseRelayOptions } from './relay/database-relay.js';
export { Relay, type RelayOptions } from './relay/relay.js';
export type { FlowStatus, RelayState, RelayStatus } from './relay/relay-status.js';
export { messagingSchema, messagingSchemaUpgrade, outboxPublication } from './schema/messaging-schema.js';
export { Retention, type RetentionOptions, type RetentionReport } from './schema/retention.js';
export { carriedTrace } from './telemetry/carried-trace.js';
export {
  activeTracer,
  annotateSpan,
  failSpan,
  insideSpan,
  type Span,
  SpanKind,
  spanContextOf,
  spanIdOf,
  startSpan,
  type TraceParent,
  traceIdOf,
  traceparentOf,
} from './telemetry/spans.js';
export { PgClient, pgKeepAlive } from './transaction/pg-client.js';
export { PgSessions, queryWith } from './transaction/pg-sessions.js';
export { type Rows, type Session, type SessionSource, type Statement, TransactionAborted } from './transaction/session.js';
export { type Collector, NoTransaction, Transaction, Transactions } from './transaction/transactions.js';
