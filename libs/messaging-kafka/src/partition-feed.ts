import {
  type MissedRecords,
  type OnProblem,
  type PartitionProgress,
  PartitionWorker,
  type ReceivedRecord,
  type SubscribeOptions,
} from '@ftgo/messaging/broker';
import { BatchReader } from './batch-reader.js';
import type { LogEnd } from './fetch.js';
import type { Position } from './group-member.js';
import type { Limits } from './record-decoder.js';

export interface FeedOptions extends Pick<SubscribeOptions, 'handler' | 'maxBatch'> {
  readonly topic: string;
  readonly partition: number;
  /** The position of the group; undefined if it never committed. */
  readonly committed: Position | undefined;
  readonly limits: Limits;
  /** There is something to commit. */
  readonly onHandled: (feed: PartitionFeed) => void;
  /** There is room again for records that can be fetched. */
  readonly onRoom: () => void;
  readonly onMissed: (missed: MissedRecords) => void;
  readonly onProblem: OnProblem;
}

/** Limit for fetched records that are not handled yet, in bytes per partition, before it is fetched again. */
const roomBytes = 512 * 1024;
const nothing = Buffer.alloc(0);
const unknownEpoch = -1;
/** A broker that is cut off from the others learns within seconds that it is no longer a leader. */
const patienceWithLeaderMs = 30_000;
const start = { offset: 0n, leaderEpoch: unknownEpoch };

interface Fetched {
  readonly reader: BatchReader;
  readonly bytes: number;
  readonly end: LogEnd;
  readonly at: number;
}

/**
 * One owned partition: the records fetched ahead, and its progress. The position may go back: if the topic was deleted and
 * created again, or the log was truncated.
 */
export class PartitionFeed {
  readonly topic: string;
  readonly partition: number;
  /** The id of the topic being read; undefined before the first fetch. */
  topicId: string | undefined;
  /** The next offset to be fetched. */
  position = 0n;
  /** The leader epoch of the record before `position`; -1: unknown. */
  positionEpoch = unknownEpoch;
  /** The next offset to be handled, which may be committed. */
  handledTo = 0n;
  /** The leader epoch of the record before `handledTo`; -1: unknown. */
  handledEpoch = unknownEpoch;
  isBeingFetched = false;
  /** After an error, not fetched before this time (of performance.now()). */
  notBefore = 0;
  /** As of the last successful fetch. */
  private highWatermark: bigint | undefined;
  private isEndKnown = false;
  private fetched: Fetched[] = [];
  private fetchedBytes = 0;
  /** The position in each topic with this name: a broker that lags may briefly return an earlier one. */
  private readonly known = new Map<string, Position>();
  /** The group has a position in this log, so removed records before it were missed. */
  private hasPlace = false;
  /** Committed with the next successful fetch, although nothing was handled. */
  private mustCommit = false;
  /** Increases when positions go back: batches in progress were then read elsewhere. */
  private readings = 0;
  private readingInProgress = 0;
  /** Records being handled. */
  private inProgress = 0;
  private aheadSince: number | undefined;
  private wereEpochsReset = false;
  private readonly worker: PartitionWorker;

  constructor(private readonly options: FeedOptions) {
    const { topic, partition, handler, maxBatch, onProblem } = options;
    this.topic = topic;
    this.partition = partition;
    const take = (max: number) => this.take(max);
    const handled = (records: readonly ReceivedRecord[]) => this.handled(records);
    this.worker = new PartitionWorker({ topic, partition, handler, maxBatch, take, handled, onProblem });
  }

  get hasRoom(): boolean {
    return this.fetchedBytes < roomBytes;
  }

  /** Everything available at the last fetch has been handled. */
  get caughtUp(): boolean {
    return this.behind === 0;
  }

  get progress(): PartitionProgress {
    const { topic, partition, behind } = this;
    const [oldest] = this.fetched;
    return { topic, partition, behind, waitedMs: oldest ? performance.now() - oldest.at : 0 };
  }

  /** Topics are identified by their ids: nothing has been read of one that was deleted and created again. */
  follow(topicId: string): void {
    const { topicId: before } = this;
    if (topicId === before) return;
    const { committed } = this.options;
    const last = before === undefined ? committed : { offset: this.handledTo, leaderEpoch: this.handledEpoch, topicId: before };
    // A commit without an id is trusted, as long as this process has seen no other topic with that name.
    if (last) this.known.set(last.topicId ?? topicId, last);
    const known = this.known.get(topicId);
    if (last && !known) this.reportRecreated(topicId, last.topicId);
    this.topicId = topicId;
    this.aheadSince = undefined;
    this.readFrom(known ?? start);
    this.hasPlace = known !== undefined;
    this.mustCommit = before !== undefined || committed?.topicId !== topicId;
  }

  /**
   * True for a leader with an earlier epoch than the records read. It may not know yet that it is no longer the leader, and
   * would report later records as lost. If that lasts, epochs were reset (a cluster was restored) and are ignored.
   */
  isAheadOf(leaderEpoch: number): boolean {
    if (this.positionEpoch <= leaderEpoch) this.aheadSince = undefined;
    else if (!this.wereEpochsReset) {
      this.aheadSince ??= performance.now();
      this.wereEpochsReset = performance.now() - this.aheadSince > patienceWithLeaderMs;
      return !this.wereEpochsReset;
    }
    return false;
  }

  received(bytes: Buffer, highWatermark: bigint): void {
    this.highWatermark = highWatermark;
    this.isEndKnown = true;
    this.hasPlace = true;
    if (this.mustCommit) this.options.onHandled(this);
    this.mustCommit = false;
    const end = BatchReader.endOf(bytes);
    if (end) this.append(this.readerOf(bytes), bytes.length, end);
  }

  /** The end of the log is no longer known. */
  lostSight(): void {
    this.isEndKnown = false;
  }

  /** The log now begins at `first`. */
  skipRemoved(first: bigint): void {
    if (this.hasPlace) this.reportMissed('retention', Number(first - this.position));
    // Beyond what was fetched before and is not handled yet.
    this.append(this.readerOf(nothing), 0, { epoch: unknownEpoch, offset: first });
  }

  /** The log has what was read up to `end`, and may have other records after it. */
  goBackTo(end: LogEnd): void {
    const { topic, partition, handledTo, handledEpoch } = this;
    const offset = end.offset < handledTo ? end.offset : handledTo;
    const why = new Error(`offset ${this.position} of epoch ${this.positionEpoch} does not exist`);
    this.options.onProblem(`the log of ${topic}/${partition} was truncated; reading it again from offset ${offset}`, why);
    this.readFrom({ offset, leaderEpoch: Math.min(end.epoch, handledEpoch) });
    this.mustCommit = true;
  }

  stop(): Promise<void> {
    return this.worker.stop();
  }

  private get behind(): number | undefined {
    return this.isEndKnown ? this.unhandled : undefined;
  }

  private get unhandled(): number {
    return Math.max(0, Number((this.highWatermark ?? 0n) - this.handledTo));
  }

  private reportMissed(reason: MissedRecords['reason'], records: number): void {
    const { topic, partition, onMissed } = this.options;
    if (records > 0) onMissed({ topic, partition, reason, records });
  }

  private reportRecreated(topicId: string, before: string | undefined): void {
    const { topic, partition, onProblem } = this.options;
    const what = `topic ${topic} was deleted and created again; reading partition ${partition} from its first record`;
    onProblem(what, new Error(`its id changed from ${before} to ${topicId}`));
    this.reportMissed('topic deleted', this.unhandled - this.inProgress);
  }

  private readFrom({ offset, leaderEpoch }: Omit<Position, 'topicId'>): void {
    this.readings++;
    this.fetched = [];
    this.fetchedBytes = 0;
    this.highWatermark = undefined;
    this.isEndKnown = false;
    [this.position, this.positionEpoch] = [offset, leaderEpoch];
    [this.handledTo, this.handledEpoch] = [offset, leaderEpoch];
  }

  private readerOf(bytes: Buffer): BatchReader {
    return new BatchReader(this.topic, this.partition, bytes, this.position, this.options.limits);
  }

  private append(reader: BatchReader, bytes: number, end: LogEnd): void {
    this.fetched.push({ reader, bytes, end, at: performance.now() });
    this.fetchedBytes += bytes;
    [this.position, this.positionEpoch] = [end.offset, end.epoch];
    this.worker.wake();
  }

  private take(max: number): ReceivedRecord[] {
    for (;;) {
      const [first] = this.fetched;
      if (!first) return [];
      const records = first.reader.take(max);
      if (records.length > 0) {
        this.readingInProgress = this.readings;
        this.inProgress = records.length;
        return records;
      }
      this.fetched.shift();
      const hadRoom = this.hasRoom;
      this.fetchedBytes -= first.bytes;
      // Offsets between the last record and the next offset need no handling.
      this.advance(first.end);
      if (!hadRoom && this.hasRoom) this.options.onRoom();
    }
  }

  private handled(records: readonly ReceivedRecord[]): void {
    this.inProgress = 0;
    if (this.readingInProgress !== this.readings) return;
    const last = records.at(-1) as ReceivedRecord;
    this.advance({ offset: BigInt(last.position) + 1n, epoch: this.fetched[0]?.reader.epoch ?? unknownEpoch });
  }

  private advance({ offset, epoch }: LogEnd): void {
    if (offset <= this.handledTo) return;
    this.handledTo = offset;
    this.handledEpoch = epoch;
    this.options.onHandled(this);
  }
}
