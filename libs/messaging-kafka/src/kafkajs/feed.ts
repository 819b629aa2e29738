import {
  type OnProblem,
  type PartitionProgress,
  PartitionWorker,
  type ReceivedRecord,
  type SubscribeOptions,
  type TopicPartition,
} from '@ftgo/messaging/broker';
import type { KafkaMessage } from 'kafkajs';
import type { Handled } from './committer.js';
import type { Place } from './control.js';
import { receivedOf } from './received.js';

export interface FeedOptions extends TopicPartition, Pick<SubscribeOptions, 'handler' | 'maxBatch'> {
  readonly place: Place;
  readonly recordBytes: number;
  /** There is something to commit. */
  readonly onHandled: (feed: Handled) => void;
  /** There is room again. */
  readonly onRoom: (feed: TopicPartition) => void;
  readonly onProblem: OnProblem;
}

export interface Fetched {
  readonly messages: readonly KafkaMessage[];
  /** The offset after the last record, including control records. */
  readonly next: bigint;
  readonly highWatermark: bigint;
}

interface Queued {
  readonly messages: readonly KafkaMessage[];
  readonly next: bigint;
  readonly bytes: number;
  readonly at: number;
  taken: number;
}

/** Limit for fetched records that are not handled yet, in bytes per partition (approximate), before it is fetched again. */
const roomBytes = 1024 * 1024;
/** The minimum size of a record in addition to its key and value. */
const recordOverheadBytes = 64;

/** One owned partition: the records fetched ahead, and its progress. */
export class Feed {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to be handled, which may be committed. */
  handledTo: bigint;
  /** The next offset to be fetched. */
  wanted: bigint;
  private end: bigint;
  private fetched: Queued[] = [];
  private bytes = 0;
  /** Increases when the log is read again from an earlier place: batches in progress were then read elsewhere. */
  private readings = 0;
  private readingInProgress = 0;
  private readonly worker: PartitionWorker;

  constructor(private readonly options: FeedOptions) {
    const { topic, partition, place, handler, maxBatch, onProblem } = options;
    [this.topic, this.partition] = [topic, partition];
    this.end = place.high;
    this.wanted = this.handledTo = startOf(place);
    const take = (max: number) => this.take(max);
    const handled = (records: readonly ReceivedRecord[]) => this.handled(records);
    this.worker = new PartitionWorker({ topic, partition, handler, maxBatch, take, handled, onProblem });
  }

  get hasRoom(): boolean {
    return this.bytes < roomBytes;
  }

  /** Records are known to exist, and none of them has arrived. */
  get waitsForRecords(): boolean {
    return this.fetched.length === 0 && this.behind > 0;
  }

  get behind(): number {
    return Math.max(0, Number(this.end - this.handledTo));
  }

  get progress(): PartitionProgress {
    const { topic, partition, behind } = this;
    const [oldest] = this.fetched;
    return { topic, partition, behind, waitedMs: oldest ? performance.now() - oldest.at : 0 };
  }

  received({ messages, next, highWatermark }: Fetched): void {
    const bytes = messages.reduce((sum, { key, value }) => sum + (key?.length ?? 0) + (value?.length ?? 0) + recordOverheadBytes, 0);
    this.fetched.push({ messages, next, bytes, at: performance.now(), taken: 0 });
    this.bytes += bytes;
    this.wanted = next;
    this.end = highWatermark;
    this.worker.wake();
  }

  /** The log now begins at `offset`, beyond what was fetched before and is not handled yet. */
  skipTo(offset: bigint): void {
    this.received({ messages: [], next: offset, highWatermark: this.end > offset ? this.end : offset });
  }

  /** The log has other records from `offset` on. */
  goBackTo(offset: bigint): void {
    this.readings++;
    [this.fetched, this.bytes] = [[], 0];
    this.wanted = this.handledTo = offset;
    this.options.onHandled(this);
  }

  stop(): Promise<void> {
    return this.worker.stop();
  }

  private take(max: number): ReceivedRecord[] {
    for (;;) {
      const [first] = this.fetched;
      if (!first) return [];
      const taken = first.messages.slice(first.taken, first.taken + max);
      first.taken += taken.length;
      this.readingInProgress = this.readings;
      if (taken.length > 0) return taken.map((message) => receivedOf(this, message, this.options.recordBytes));
      this.drop(first);
    }
  }

  /** Offsets between the last record and the next offset need no handling. */
  private drop(first: Queued): void {
    this.fetched.shift();
    const hadRoom = this.hasRoom;
    this.bytes -= first.bytes;
    this.advance(first.next);
    if (!hadRoom && this.hasRoom) this.options.onRoom(this);
  }

  private handled(records: readonly ReceivedRecord[]): void {
    if (this.readingInProgress === this.readings) this.advance(BigInt((records.at(-1) as ReceivedRecord).position) + 1n);
  }

  private advance(offset: bigint): void {
    if (offset <= this.handledTo) return;
    this.handledTo = offset;
    this.options.onHandled(this);
  }
}

/** kafkajs also starts at the oldest record if the log does not have the group's position. */
const startOf = ({ low, high, committed }: Place): bigint =>
  committed !== undefined && committed >= low && committed <= high ? committed : low;
