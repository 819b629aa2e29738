import { partitionKey } from '../assign.js';
import type { Cluster } from './cluster.js';
import { code, describe } from './errors.js';
import { type FetchedPartition, fetch } from './fetch.js';
import type { Link } from './link.js';
import type { PartitionFeed } from './partition-feed.js';
import { firstOffset } from './topics.js';

/**
 * Connections per broker. A fetch waits at the broker until one of its partitions has something; a partition that was
 * left out because it had no room, and has room again, goes by the next one.
 */
const lanesPerBroker = 3;
const afterErrorMs = 100;

interface Lane {
  readonly link: Link;
  isBusy: boolean;
}

/** Keeps the feeds of an assignment filled. */
export class Fetcher {
  private readonly lanes = new Map<number, Lane[]>();
  private readonly feeds: ReadonlyMap<string, PartitionFeed>;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;
  /** False from a failed fetch to the next that works. */
  connected = true;

  constructor(
    private readonly cluster: Cluster,
    feeds: readonly PartitionFeed[],
    private readonly onTrouble: (what: string, error: Error) => void,
  ) {
    this.feeds = new Map(feeds.map((feed) => [partitionKey(feed), feed]));
  }

  /** Fetches whatever can be fetched and is not being fetched yet. */
  pump(): void {
    if (this.stopped) return;
    const now = performance.now();
    const free = [...this.feeds.values()].filter((feed) => feed.hasRoom && !feed.isBeingFetched);
    const wanted = free.filter((feed) => feed.notBefore <= now);
    if (wanted.length < free.length) this.retryLater();
    for (const [leader, feeds] of Map.groupBy(wanted, (feed) => this.cluster.topic(feed.topic)?.leaders[feed.partition] ?? -1)) {
      if (leader < 0) this.later(feeds);
      else this.begin(leader, feeds);
    }
  }

  /** Ends at once; nothing more is fed. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    for (const lane of [...this.lanes.values()].flat()) this.cluster.release(lane.link);
  }

  private begin(leader: number, feeds: PartitionFeed[]): void {
    let lane: Lane | undefined;
    try {
      lane = this.freeLane(leader);
    } catch {
      return this.later(feeds);
    }
    if (!lane) return;
    lane.isBusy = true;
    for (const feed of feeds) feed.isBeingFetched = true;
    void this.fetchOnce(lane, feeds);
  }

  private async fetchOnce(lane: Lane, feeds: PartitionFeed[]): Promise<void> {
    try {
      const requests = feeds.map(({ topic, partition, position }) => ({ topic, partition, offset: position }));
      const answers = await fetch(lane.link, requests);
      if (this.stopped) return;
      this.connected = true;
      for (const answer of answers) this.take(answer);
    } catch (error) {
      if (this.stopped) return;
      this.connected = false;
      this.onTrouble('fetching from Kafka failed', error as Error);
      this.later(feeds);
    } finally {
      lane.isBusy = false;
      for (const feed of feeds) feed.isBeingFetched = false;
    }
    this.pump();
  }

  private take(answer: FetchedPartition): void {
    const feed = this.feeds.get(partitionKey(answer));
    if (!feed) return;
    if (answer.errorCode === code.none) return feed.received(answer.records, answer.highWatermark);
    if (answer.errorCode === code.offsetOutOfRange) {
      this.onTrouble(`${partitionKey(feed)} has no offset ${feed.position}, going on from its first`, new Error('it was deleted'));
      this.later([feed]);
      void this.seekFirst(feed);
      return;
    }
    this.onTrouble(`${partitionKey(feed)} cannot be fetched`, new Error(describe(answer.errorCode)));
    this.later([feed]);
  }

  /** The answer to the fetch does not say where the partition begins, so its leader is asked. */
  private async seekFirst(feed: PartitionFeed): Promise<void> {
    try {
      const first = await firstOffset(this.cluster, feed);
      if (first !== undefined) feed.seek(first);
    } catch (error) {
      this.onTrouble(`the first offset of ${partitionKey(feed)} is not known`, error as Error);
    }
  }

  /** After an error: a little later, when it is known who leads now. */
  private later(feeds: readonly PartitionFeed[]): void {
    for (const feed of feeds) feed.notBefore = performance.now() + afterErrorMs;
    this.retryLater();
  }

  /** As long as a feed has to wait, a look is on its way: a timer may be early by a part of a millisecond. */
  private retryLater(): void {
    this.retry ??= setTimeout(() => {
      this.cluster.refresh([...new Set([...this.feeds.values()].map(({ topic }) => topic))]).then(
        () => this.again(),
        () => this.again(),
      );
    }, afterErrorMs);
  }

  private again(): void {
    this.retry = undefined;
    this.pump();
  }

  private freeLane(leader: number): Lane | undefined {
    let lanes = this.lanes.get(leader);
    if (!lanes) {
      lanes = [];
      this.lanes.set(leader, lanes);
    }
    const free = lanes.find(({ isBusy }) => !isBusy);
    if (free || lanes.length >= lanesPerBroker) return free;
    const lane = { link: this.cluster.link(leader), isBusy: false };
    lanes.push(lane);
    return lane;
  }
}
