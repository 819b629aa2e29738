import type { OutgoingRecord } from './outgoing.js';
import type { Pipeline, PipelineListener } from './pipeline.js';

export { BrokerUnavailable, type OutgoingRecord, RecordRefused, TopicMissing } from './outgoing.js';

/** Why a record came without its content, which is still in the broker. */
export interface LeftInLog {
  readonly reason: string;
  /** As many as it takes in the broker, as far as is known. */
  readonly bytes: number;
}

/** A record as the broker delivers it. */
export interface ReceivedRecord {
  readonly topic: string;
  /** The lane that keeps its order: a partition of Kafka, a shard, a queue of an exchange. */
  readonly partition: number;
  /** Its place in the partition, in a text that the adapter makes and reads; others store it, log it and compare it by `comparePositions`. */
  readonly position: string;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  /** A header without a value is left out. The last of two with one name wins. */
  readonly headers: ReadonlyMap<string, Buffer>;
  /**
   * Set when it is larger than the subscriber takes. It has no value then, and of its key and headers what could be read.
   * One such record may stand for a whole batch, at the position of the last of it.
   */
  readonly leftInLog?: LeftInLog;
}

/** When a subscriber does not say what it takes. */
export const defaultLargestRecordBytes = 1024 * 1024;

/** Records of one partition, in order, oldest first. */
export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly ReceivedRecord[];
  /** Aborts when the partition was taken away or the subscription closes: stop at the next safe point. */
  readonly signal: AbortSignal;
}

/** Records that were removed from a partition before the group had read them. */
export interface MissedRecords {
  readonly topic: string;
  readonly partition: number;
  readonly reason: 'retention' | 'topic deleted';
  /** As far as is known, at least so many. */
  readonly records: number;
}

/** What a member of a consumer group reads, and how it handles it. */
export interface SubscribeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** At most so many records a batch. */
  readonly maxBatch?: number;
  /** The largest record of a topic (key, value and headers) that is handed out whole; default 1 MiB. */
  readonly largestRecordBytes?: ((topic: string) => number) | undefined;
  /**
   * Handles a batch; the offsets are committed after it resolves, never before. Batches of one partition come one after
   * the other; those of different partitions side by side. When it rejects, the same records come again after a pause.
   */
  readonly handler: (batch: RecordBatch) => Promise<void>;
  /** Called when records were lost to this group; it goes on with the first that there is. */
  readonly onMissed?: (missed: MissedRecords) => void;
}

/** One partition of a topic. */
export interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
}

/** How far a member has come with one of its partitions. */
export interface PartitionProgress extends AssignedPartition {
  /** Records that were there at the last fetch and are not handled yet; undefined while that is not known. */
  readonly behind: number | undefined;
  /** For how long the oldest record that was fetched has waited to be handled, in ms. */
  readonly waitedMs: number;
}

/** A member of a consumer group. */
export interface Subscription {
  /** True while connected and joined (possibly with no partition), and every record of these topics (default: all) that was there at the last fetch has been handled. */
  caughtUp(topics?: readonly string[]): boolean;
  /** True while connected to the broker and joined to the group (possibly with no partition). */
  readonly connected: boolean;
  /** The partitions that this member owns now. */
  readonly assigned: readonly AssignedPartition[];
  /** How far it has come with each of them. */
  readonly progress: readonly PartitionProgress[];
  /** Finishes what is in hand, commits it, leaves the group. */
  close(): Promise<void>;
}

/** A topic to be created. `retentionMs` is in milliseconds. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** -1: for ever. Undefined: the broker's default. */
  readonly retentionMs?: number;
}

/** What a broker does, and how telemetry calls it. The conformance suite tests what an adapter claims here. */
export interface BrokerFeatures {
  /** `messaging.system` of spans, in OpenTelemetry's words: `kafka`. */
  readonly system: string;
  /** The span attribute for the position of a message, where OpenTelemetry has one: `messaging.kafka.offset`. */
  readonly positionAttribute?: string;
  /** Messages of one key arrive in the order in which they were sent. */
  readonly orderedPerKey: boolean;
  /** Every group gets every message. */
  readonly publishSubscribe: boolean;
  /** Messages stay after they were handled: a new group begins at the oldest, so views can be rebuilt. */
  readonly retained: boolean;
  /** A channel may have several partitions, handled side by side. */
  readonly partitioned: boolean;
  /** Of a channel that was deleted and created again, groups read the new messages from the first on. */
  readonly survivesRecreation: boolean;
  /** A compressed batch is never expanded beyond a limit. */
  readonly boundedDecompression: boolean;
}

/** What messaging needs of a message broker. Adapters pass the conformance suite, `@ftgo/messaging/testing`. */
export interface Broker {
  readonly features: BrokerFeatures;
  /** Negative when the record at `a` stands before that at `b` of the same partition, 0 when they are one. */
  comparePositions(a: string, b: string): number;
  /**
   * Sends records; resolves when all replicas have them. Records of one key keep the order of the array. Rejects with
   * RecordRefused or BrokerUnavailable; then any prefix per partition may have been written.
   */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** A stream of records for whoever sends without waiting. Rejects with BrokerUnavailable. */
  pipeline(listener: PipelineListener): Promise<Pipeline>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Creates what is missing; leaves what is there. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** Of these, the topics that do not exist. */
  missingTopics(topics: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}
