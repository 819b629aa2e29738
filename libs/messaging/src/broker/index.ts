// The broker port, the adapter for unit tests, and the building blocks of adapters and relays.
export { diagnostics } from '../diagnostics.js';
export { header, headerText, paddedSequence } from '../message/envelope.js';
export { allExtensions, isExtensionName } from '../message/extensions.js';
export { aborted, backoffMs, pause, within } from './backoff.js';
export {
  AccessDenied,
  type AssignedPartition,
  type Broker,
  type BrokerFeatures,
  BrokerUnavailable,
  defaultLargestRecordBytes,
  type Following,
  type FollowOptions,
  type LeftInLog,
  type MissedRecords,
  type OutgoingRecord,
  type PartitionProgress,
  type ReceivedRecord,
  type RecordBatch,
  RecordRejected,
  type SubscribeOptions,
  type Subscription,
  TopicMissing,
  type TopicSpec,
} from './broker.js';
export { demandFeatures, FeaturesMissing, type NeededFeature } from './demand-features.js';
export { type MemoryBroker, memoryBroker } from './memory/memory-broker.js';
export { OpenReaders } from './open-readers.js';
export { type OnProblem, PartitionWorker } from './partition-worker.js';
export { assign, partitionKey, partitionOf, type TopicPartition } from './partitions.js';
export { ByteRange, type Pipeline, type PipelineListener, RecordView } from './pipeline.js';
export { rateLimited } from './rate-limited.js';
