import {
  type AssignedPartition,
  defaultLargestRecordBytes,
  type OnProblem,
  type PartitionProgress,
  partitionKey,
  type SubscribeOptions,
  within,
} from '@ftgo/messaging/broker';
import type { Fetched, Wanted } from './fetch.js';
import type { Committed, OffsetToCommit, Shares } from './group-member.js';
import { PartitionFeed } from './partition-feed.js';

export interface AssignmentOptions {
  readonly subscribe: SubscribeOptions;
  readonly drainTimeoutMs: number;
  /** False once our partitions may have been reassigned. */
  readonly isLeased: () => boolean;
  /** Something was handled or released. */
  readonly onChange: () => void;
  readonly onProblem: OnProblem;
}

/** Limit of one fetch, for all partitions together. */
const fetchBytes = 4 * 1024 * 1024;
const leastBytes = 64 * 1024;
const mostRows = 1_000;

/** The partitions of a member, from when it takes them until it releases or loses them. */
export class Assignment {
  private readonly feeds = new Map<string, PartitionFeed>();
  /** For partitions to be released, the positions that their handlers have reached. */
  private readonly stopped = new Set<PartitionFeed>();
  /** Abandoned handlers that have not returned: if their partitions are assigned again, they wait for them. */
  private readonly lingering = new Map<string, Promise<void>>();

  constructor(private readonly options: AssignmentOptions) {}

  get partitions(): AssignedPartition[] {
    return [...this.feeds.values()].map(({ topic, partition }) => ({ topic, partition }));
  }

  get progress(): PartitionProgress[] {
    return [...this.feeds.values()].map((feed) => feed.progress);
  }

  /** Partitions that may be reassigned now. */
  get released(): OffsetToCommit[] {
    return [...this.stopped].map((feed) => feed.progressToCommit);
  }

  get hasMore(): boolean {
    return [...this.feeds.values()].some((feed) => feed.hasMore);
  }

  caughtUp(topics: readonly string[] | undefined): boolean {
    return [...this.feeds.values()].every((feed) => feed.caughtUp || (topics !== undefined && !topics.includes(feed.topic)));
  }

  reads(topicIds: ReadonlySet<number>): boolean {
    return [...this.feeds.values()].some(({ topicId }) => topicIds.has(topicId));
  }

  /** Takes new partitions, drops lost ones, and starts releasing those that are to be released. */
  apply({ owned, toRelease, topicIds }: Shares): void {
    for (const [key, feed] of this.feeds) {
      if (!topicIds.has(feed.topicId)) this.remove(key, feed);
      else if (!owned.some((one) => isSame(one, feed))) this.lose(key, feed);
    }
    for (const one of owned) {
      const key = partitionKey(one);
      const feed = this.feeds.get(key) ?? this.begin(key, one);
      if (toRelease.has(key)) void this.letGo(key, feed);
    }
  }

  /** All partitions may have been reassigned. */
  loseAll(): void {
    for (const [key, feed] of this.feeds) this.lose(key, feed);
  }

  /** Stops everything, and waits for the batches in progress. */
  async drain(): Promise<void> {
    await Promise.all([...this.feeds].map(([key, feed]) => within(this.options.drainTimeoutMs, this.stop(key, feed))));
  }

  /** The positions of all partitions, including committed ones. */
  get offsets(): OffsetToCommit[] {
    return [...this.feeds.values()].map((feed) => feed.progressToCommit);
  }

  get toCommit(): OffsetToCommit[] {
    return [...this.feeds.values()].flatMap((feed) => feed.toCommit ?? []);
  }

  /** True if one was rejected: it belongs to another member. */
  committed(offsets: readonly OffsetToCommit[], accepted: ReadonlySet<string>): boolean {
    for (const offset of offsets) {
      const key = partitionKey(offset);
      const feed = this.feeds.get(key);
      if (!feed || !isSame(offset, feed)) continue;
      if (accepted.has(key)) feed.committed(offset.nextOffset);
      else this.lose(key, feed);
    }
    return accepted.size < offsets.length;
  }

  /** What to fetch; all partitions if `isPoll`, so that the lag of each is known. */
  wanted(isPoll: boolean): Wanted[] {
    const feeds = [...this.feeds.values()].filter((feed) => !feed.isStopping && (isPoll || feed.hasMore));
    const share = Math.max(leastBytes, Math.floor(fetchBytes / Math.max(1, feeds.length)));
    return feeds.map(({ topic, topicId, partition, position, room }) => ({
      topic,
      topicId,
      partition,
      from: position,
      bytes: Math.min(room, share),
      rows: room > 0 ? mostRows : 0,
      largest: this.options.subscribe.largestRecordBytes?.(topic) ?? defaultLargestRecordBytes,
    }));
  }

  /** False if a partition no longer exists. */
  received(wanted: readonly Wanted[], found: ReadonlyMap<Wanted, Fetched>): boolean {
    for (const one of wanted) {
      const feed = this.feeds.get(partitionKey(one));
      const fetched = found.get(one);
      if (feed?.topicId !== one.topicId || feed.isStopping) continue;
      if (fetched) feed.received(fetched);
      else this.remove(partitionKey(one), feed);
    }
    return found.size === wanted.length;
  }

  /** The lease was renewed: work that waited for it continues. */
  wake(): void {
    for (const feed of this.feeds.values()) feed.wake();
  }

  lostSight(): void {
    for (const feed of this.feeds.values()) feed.lostSight();
  }

  /** The topic was deleted. */
  private remove(key: string, feed: PartitionFeed): void {
    const { onProblem } = this.options;
    onProblem(`topic ${feed.topic} was deleted`, new Error(`its id was ${feed.topicId}`));
    feed.deleted();
    this.lose(key, feed);
  }

  private begin(key: string, from: Committed): PartitionFeed {
    const { subscribe, isLeased, onChange, onProblem } = this.options;
    const feed: PartitionFeed = new PartitionFeed({
      from,
      maxBatch: subscribe.maxBatch,
      handler: async (batch) => {
        await this.lingering.get(key);
        batch.signal.throwIfAborted();
        // A process that was paused, for example, does not know yet that it has lost its partitions.
        if (!isLeased()) throw new Error('the lease of the member has expired');
        return subscribe.handler(batch);
      },
      onHandled: onChange,
      onMissed: (missed) => subscribe.onMissed?.(missed),
      onProblem,
    });
    this.feeds.set(key, feed);
    return feed;
  }

  private lose(key: string, feed: PartitionFeed): void {
    this.feeds.delete(key);
    this.stopped.delete(feed);
    void this.stop(key, feed);
  }

  private async letGo(key: string, feed: PartitionFeed): Promise<void> {
    if (feed.isStopping) return;
    await within(this.options.drainTimeoutMs, this.stop(key, feed));
    if (this.feeds.get(key) === feed) this.stopped.add(feed);
    this.options.onChange();
  }

  private stop(key: string, feed: PartitionFeed): Promise<void> {
    const before = this.lingering.get(key);
    const stopped = bothDone(feed.stop(), before).finally(() => this.lingering.get(key) === stopped && this.lingering.delete(key));
    this.lingering.set(key, stopped);
    return stopped;
  }
}

async function bothDone(one: Promise<void>, other: Promise<void> | undefined): Promise<void> {
  await one;
  await other;
}

const isSame = (one: Omit<OffsetToCommit, 'nextOffset'>, feed: PartitionFeed): boolean =>
  one.topic === feed.topic && one.topicId === feed.topicId && one.partition === feed.partition && one.generation === feed.generation;
