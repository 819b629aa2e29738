import { type MissedRecords, type OnProblem, type PartitionProgress, PartitionWorker, type SubscribeOptions } from '@ftgo/messaging/broker';
import type { Fetched } from './fetch.js';
import type { Committed, OffsetToCommit } from './group-member.js';

export interface FeedOptions extends Pick<SubscribeOptions, 'handler' | 'maxBatch'> {
  readonly from: Committed;
  /** There is something to commit, and room again. */
  readonly onHandled: () => void;
  readonly onMissed: (missed: MissedRecords) => void;
  readonly onProblem: OnProblem;
}

/** Limit for fetched records that are not handled yet, in bytes, before a partition is fetched again. */
const roomBytes = 512 * 1024;

type Waiting = Fetched['records'][number] & { readonly at: number };

/** One owned partition: the records fetched ahead, and its progress. */
export class PartitionFeed {
  readonly topic: string;
  readonly topicId: number;
  readonly partition: number;
  readonly generation: number;
  /** The next offset to be fetched. */
  position: number;
  private handledTo: number;
  private committedTo: number;
  /** The group has a position in this log, so deleted records before it were missed. */
  private hasPlace: boolean;
  /** As of the last successful fetch. */
  private end: number | undefined;
  private isEndKnown = false;
  private waiting: Waiting[] = [];
  private inProgress: Waiting[] = [];
  private bytes = 0;
  private stopping: Promise<void> | undefined;
  private readonly worker: PartitionWorker;

  constructor(private readonly options: FeedOptions) {
    const { from, handler, maxBatch, onProblem } = options;
    ({ topic: this.topic, topicId: this.topicId, partition: this.partition, generation: this.generation } = from);
    ({ nextOffset: this.position, hasPlace: this.hasPlace } = from);
    this.handledTo = this.position;
    this.committedTo = this.position;
    const { topic, partition } = this;
    const take = (max: number) => this.take(max);
    this.worker = new PartitionWorker({ topic, partition, handler, maxBatch, take, handled: () => this.handled(), onProblem });
  }

  /** How many bytes may be fetched: none, or a substantial part of the limit. */
  get room(): number {
    const free = roomBytes - this.bytes;
    return this.stopping || free < roomBytes / 2 ? 0 : free;
  }

  /** More records can be fetched than at the last check. */
  get hasMore(): boolean {
    return this.room > 0 && (this.end === undefined || this.position < this.end);
  }

  get isStopping(): boolean {
    return this.stopping !== undefined;
  }

  /** Everything available at the last fetch has been handled. */
  get caughtUp(): boolean {
    return this.progress.behind === 0;
  }

  get progress(): PartitionProgress {
    const { topic, partition, handledTo, end } = this;
    const oldest = this.inProgress[0] ?? this.waiting[0];
    const behind = this.isEndKnown && end !== undefined ? Math.max(0, end - handledTo) : undefined;
    return { topic, partition, behind, waitedMs: oldest ? performance.now() - oldest.at : 0 };
  }

  /** Undefined if it is already committed. */
  get toCommit(): OffsetToCommit | undefined {
    return this.handledTo > this.committedTo ? this.progressToCommit : undefined;
  }

  /** Its position, committed or not. */
  get progressToCommit(): OffsetToCommit {
    const { topic, topicId, partition, generation, handledTo } = this;
    return { topic, topicId, partition, generation, nextOffset: handledTo };
  }

  committed(nextOffset: number): void {
    this.committedTo = nextOffset;
  }

  received({ first, end, records }: Fetched): void {
    this.end = end;
    this.isEndKnown = true;
    if (first > this.position) this.skipTo(first);
    this.hasPlace = true;
    const at = performance.now();
    for (const record of records) {
      this.waiting.push({ ...record, at });
      this.bytes += record.bytes;
      this.position = record.offset + 1;
    }
    this.wake();
  }

  /** The end of the log is no longer known. */
  lostSight(): void {
    this.isEndKnown = false;
  }

  /** The topic no longer exists, nor do its unhandled records. */
  deleted(): void {
    const { topic, partition, options, end = 0, handledTo, inProgress } = this;
    const records = end - handledTo - inProgress.length;
    if (records > 0) options.onMissed({ topic, partition, reason: 'topic deleted', records });
  }

  wake(): void {
    this.worker.wake();
  }

  /** Stops handling; resolves when the handler has returned. */
  stop(): Promise<void> {
    this.stopping ??= this.worker.stop();
    return this.stopping;
  }

  /** Records fetched before that are not handled yet are handled first. */
  private skipTo(first: number): void {
    const { topic, partition, hasPlace, position, options } = this;
    if (hasPlace) options.onMissed({ topic, partition, reason: 'retention', records: first - position });
    if (this.waiting.length === 0 && this.inProgress.length === 0) this.handledTo = first;
    this.position = first;
  }

  private take(max: number): Waiting['record'][] {
    this.inProgress = this.waiting.splice(0, max);
    return this.inProgress.map(({ record }) => record);
  }

  private handled(): void {
    for (const { bytes, offset } of this.inProgress) {
      this.bytes -= bytes;
      this.handledTo = offset + 1;
    }
    this.inProgress = [];
    // Offsets deleted by retention after the last of them need no handling.
    if (this.waiting.length === 0) this.handledTo = this.position;
    this.options.onHandled();
  }
}
