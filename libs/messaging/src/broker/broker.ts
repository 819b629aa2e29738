import type { OutgoingRecord } from './outgoing.js';
import type { Pipeline, PipelineListener } from './pipeline.js';

export { AccessDenied, BrokerUnavailable, type OutgoingRecord, RecordRejected, TopicMissing } from './outgoing.js';

/** Why a record was delivered without its content, which is still in the broker. */
export interface LeftInLog {
  readonly reason: string;
  /** The size in the broker, as far as it is known. */
  readonly bytes: number;
}

/** A record as the broker delivers it. */
export interface ReceivedRecord {
  readonly topic: string;
  /** The unit of ordering: a Kafka partition, a shard, a queue of an exchange. */
  readonly partition: number;
  /**
   * Its position in the partition, as a string that only the adapter interprets; other code stores it, logs it and compares it
   * by `comparePositions`.
   */
  readonly position: string;
  readonly key: Buffer | undefined;
  readonly value: Buffer | undefined;
  /** A header without a value is omitted. Of two headers with the same name, the last wins. */
  readonly headers: ReadonlyMap<string, Buffer>;
  /**
   * Set if the record is larger than the subscriber's limit. It then has no value, and only those of its key and headers that
   * could be read. One such record may represent a whole batch, at the position of its last record.
   */
  readonly leftInLog?: LeftInLog;
}

/** The default limit of a subscriber. */
export const defaultLargestRecordBytes = 1024 * 1024;

/** Records of one partition, in order, oldest first. */
export interface RecordBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly ReceivedRecord[];
  /** Aborts when the partition is revoked or the subscription closes: stop at the next safe point. */
  readonly signal: AbortSignal;
}

/** Records that were removed from a partition before the group had read them. */
export interface MissedRecords {
  readonly topic: string;
  readonly partition: number;
  readonly reason: 'retention' | 'topic deleted';
  /** A lower bound, as far as it is known. */
  readonly records: number;
}

/** What a member of a consumer group reads, and how it handles it. */
export interface SubscribeOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** Maximum number of records in a batch. */
  readonly maxBatch?: number;
  /** The largest record of a topic (key, value and headers) that is delivered with its content; default 1 MiB. */
  readonly largestRecordBytes?: ((topic: string) => number) | undefined;
  /**
   * Handles a batch; the offsets are committed after it resolves, never before. Batches of one partition are handled one after
   * the other, those of different partitions concurrently. If it rejects, the same records are redelivered after a pause.
   */
  readonly handler: (batch: RecordBatch) => Promise<void>;
  /** Called when the group lost records; it continues with the first available record. */
  readonly onMissed?: (missed: MissedRecords) => void;
}

/** One partition of a topic. */
export interface AssignedPartition {
  readonly topic: string;
  readonly partition: number;
}

/** The progress of a member on one of its partitions. */
export interface PartitionProgress extends AssignedPartition {
  /** Records available at the last fetch that are not handled yet; undefined while unknown. */
  readonly behind: number | undefined;
  /** How long the oldest fetched record has waited to be handled, in ms. */
  readonly waitedMs: number;
}

/** A member of a consumer group. */
export interface Subscription {
  /**
   * True while the member is connected and joined (possibly without a partition), and every record of these topics (default:
   * all) that was available at the last fetch has been handled.
   */
  caughtUp(topics?: readonly string[]): boolean;
  /** True while connected to the broker and joined to the group (possibly without a partition). */
  readonly connected: boolean;
  /** Why it cannot read, if an operator has to correct the configuration. */
  readonly problem?: string | undefined;
  /** The partitions that this member owns. */
  readonly assigned: readonly AssignedPartition[];
  /** Its progress on each of them. */
  readonly progress: readonly PartitionProgress[];
  /** Finishes the batches in progress, commits them, and leaves the group. */
  close(): Promise<void>;
}

/** What a reader without a group reads: every record from now on, whatever other readers do. Nothing is committed. */
export interface FollowOptions {
  readonly topics: readonly string[];
  /**
   * Gets the records of one partition, in order. They may be repeated after a lost connection, and are not redelivered if it
   * throws.
   */
  readonly handler: (records: readonly ReceivedRecord[]) => void;
  /** Called when records were removed before they could be read. */
  readonly onMissed?: (missed: MissedRecords) => void;
}

/** A reader without a group. */
export interface Following {
  /** Resolves when the first position is known: the handler gets everything that is published from then on. */
  readonly started: Promise<void>;
  /** Whether it is connected to the broker. */
  readonly connected: boolean;
  /** Why it cannot read, if an operator has to correct the configuration. */
  readonly problem?: string | undefined;
  close(): Promise<void>;
}

/** A topic to be created. `retentionMs` is in milliseconds. */
export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  /** -1: forever. Undefined: the broker's default. */
  readonly retentionMs?: number;
}

/**
 * The features of a broker, and its name in telemetry. The conformance suite tests what an adapter claims here, except for
 * `boundedDecompression`.
 */
export interface BrokerFeatures {
  /** `messaging.system` of spans, as defined by OpenTelemetry: `kafka`. */
  readonly system: string;
  /** The span attribute for the position of a message, if OpenTelemetry defines one: `messaging.kafka.offset`. */
  readonly positionAttribute?: string;
  /** Messages with the same key arrive in the order in which they were sent. */
  readonly orderedPerKey: boolean;
  /** Every group gets every message. */
  readonly publishSubscribe: boolean;
  /** Messages are retained after they are handled: a new group begins at the oldest, so views can be rebuilt. */
  readonly retained: boolean;
  /** Readers without a group, such as each instance of a gateway, which forwards what it reads to its own clients. */
  readonly following: boolean;
  /** A channel may have several partitions that are handled concurrently. */
  readonly partitioned: boolean;
  /** If a channel is deleted and created again, groups read the new messages from the first on. */
  readonly survivesRecreation: boolean;
  /** A compressed batch is never decompressed beyond a limit. Only a spec of the adapter's memory can verify it. */
  readonly boundedDecompression: boolean;
}

/** What messaging needs from a message broker. Adapters pass the conformance suite, `@ftgo/messaging/testing`. */
export interface Broker {
  readonly features: BrokerFeatures;
  /** Negative if the record at `a` comes before the one at `b` of the same partition, 0 if they are the same. */
  comparePositions(a: string, b: string): number;
  /**
   * Sends records; resolves when all replicas have them. Records with the same key keep the order of the array. Rejects with
   * RecordRejected or BrokerUnavailable; in each partition, any prefix of the records may then have been written.
   */
  publish(records: readonly OutgoingRecord[]): Promise<void>;
  /** A stream of records for senders that do not wait for each record. Rejects with BrokerUnavailable. */
  pipeline(listener: PipelineListener): Promise<Pipeline>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** Reads without a group; the broker may be down at first. Throws if the adapter does not claim `following`. */
  follow(options: FollowOptions): Following;
  /** Creates missing topics; existing ones are unchanged. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** Those of these topics that do not exist. */
  missingTopics(topics: readonly string[]): Promise<string[]>;
  /**
   * When the newest record of these topics was written, by the clock of the process that published it; undefined if there is none.
   * Needs no permission to read. Absent if the adapter does not know it. Rejects with BrokerUnavailable.
   */
  newestAt?(topics: readonly string[]): Promise<Date | undefined>;
  close(): Promise<void>;
}
