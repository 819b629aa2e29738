import type { PartitionProgress, ReceivedRecord, SubscribeOptions } from '../broker.js';
import { type OnTrouble, PartitionWorker } from '../partition-worker.js';
import { BatchReader } from './batch-reader.js';

export interface FeedOptions extends Pick<SubscribeOptions, 'handler' | 'maxBatch'> {
  readonly topic: string;
  readonly partition: number;
  readonly from: bigint;
  /** There is something to commit. */
  readonly onHandled: (feed: PartitionFeed) => void;
  /** There is room again for what can be fetched. */
  readonly onRoom: () => void;
  readonly onTrouble: OnTrouble;
}

/** Fetched and not handled yet, at most so many bytes a partition before it is fetched again. */
const roomBytes = 512 * 1024;

/** One partition in our hands: what was fetched ahead, and how far it was handled. */
export class PartitionFeed {
  readonly topic: string;
  readonly partition: number;
  /** The next offset to be fetched. */
  position: bigint;
  /** The next offset to be handled: what may be committed. */
  handledTo: bigint;
  isBeingFetched = false;
  /** Not to be fetched before this time (of performance.now()), after an error. */
  notBefore = 0;
  private highWatermark: bigint | undefined;
  private readonly fetched: { readonly reader: BatchReader; readonly bytes: number; readonly next: bigint; readonly at: number }[] = [];
  private fetchedBytes = 0;
  private readonly worker: PartitionWorker;

  constructor(private readonly options: FeedOptions) {
    const { topic, partition, from, handler, maxBatch, onTrouble } = options;
    this.topic = topic;
    this.partition = partition;
    this.position = from;
    this.handledTo = from;
    const take = (max: number) => this.take(max);
    const handled = (records: readonly ReceivedRecord[]) => this.handled(records);
    this.worker = new PartitionWorker({ topic, partition, handler, maxBatch, take, handled, onTrouble });
  }

  get hasRoom(): boolean {
    return this.fetchedBytes < roomBytes;
  }

  /** Everything that was there at the last fetch has been handled. */
  get caughtUp(): boolean {
    return this.highWatermark !== undefined && this.handledTo >= this.highWatermark;
  }

  get progress(): PartitionProgress {
    const { topic, partition, highWatermark, handledTo, fetched } = this;
    const behind = highWatermark === undefined ? 0 : Math.max(0, Number(highWatermark - handledTo));
    const [oldest] = fetched;
    return { topic, partition, behind, waitedMs: oldest ? Date.now() - oldest.at : 0 };
  }

  received(bytes: Buffer, highWatermark: bigint): void {
    this.highWatermark = highWatermark;
    const next = BatchReader.nextOffset(bytes);
    if (next === undefined) return;
    const reader = new BatchReader(this.topic, this.partition, bytes, this.position);
    this.fetched.push({ reader, bytes: bytes.length, next, at: Date.now() });
    this.fetchedBytes += bytes.length;
    this.position = next;
    this.worker.wake();
  }

  /** Begins anew elsewhere: what was asked for is not there. */
  seek(offset: bigint): void {
    this.position = offset;
  }

  stop(): Promise<void> {
    return this.worker.stop();
  }

  private take(max: number): ReceivedRecord[] {
    for (;;) {
      const [first] = this.fetched;
      if (!first) return [];
      const records = first.reader.take(max);
      if (records.length > 0) return records;
      this.fetched.shift();
      const hadRoom = this.hasRoom;
      this.fetchedBytes -= first.bytes;
      // What stands between the last record and the next offset needs no handling.
      this.advance(first.next);
      if (!hadRoom && this.hasRoom) this.options.onRoom();
    }
  }

  private handled(records: readonly ReceivedRecord[]): void {
    const last = records.at(-1) as ReceivedRecord;
    this.advance(last.offset + 1n);
  }

  private advance(to: bigint): void {
    if (to <= this.handledTo) return;
    this.handledTo = to;
    this.options.onHandled(this);
  }
}
