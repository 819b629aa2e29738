import { partitionKey } from '@ftgo/messaging/broker';
import { isDenied } from './access.js';
import type { Cluster, Topic } from './cluster.js';
import { code } from './codes.js';
import { describe } from './errors.js';
import { type FetchedPartition, type FetchRequest, fetch } from './fetch.js';
import type { Link } from './link.js';
import { explainGap } from './log-bounds.js';
import type { PartitionFeed } from './partition-feed.js';

/**
 * Connections per broker. A fetch waits at the broker until one of its partitions has records; a partition that was omitted
 * because it had no room, and has room again, uses the next connection.
 */
const connectionsPerBroker = 3;
const afterErrorMs = 100;
/** A broker responds to a fetch after half a second, even without records. */
const requestTimeoutMs = 10_000;

interface Connection {
  readonly link: Link;
  isBusy: boolean;
}

/** Keeps the feeds of an assignment filled. */
export class Fetcher {
  private readonly connections = new Map<number, Connection[]>();
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;
  /** From a failed fetch until the next successful one. */
  private isFailing = false;
  private readonly withoutLeader = new Set<PartitionFeed>();
  private readonly denied = new Set<PartitionFeed>();

  constructor(
    private readonly cluster: Cluster,
    private readonly feeds: readonly PartitionFeed[],
    private readonly onProblem: (what: string, error: Error) => void,
  ) {}

  /** False while fetches fail, or a partition has no leader that could be asked: a broker that stops may report that last. */
  get connected(): boolean {
    return !this.isFailing && this.withoutLeader.size === 0;
  }

  /** Why some partitions cannot be read, if Kafka denies access to them. */
  get problem(): string | undefined {
    const topics = [...new Set([...this.denied].map(({ topic }) => topic))];
    return topics.length === 0 ? undefined : this.cluster.notPermitted(topics).message;
  }

  /** Fetches all partitions that have room and are not being fetched. */
  pump(): void {
    if (this.stopped) return;
    const now = performance.now();
    const free = this.feeds.filter((feed) => feed.hasRoom && !feed.isBeingFetched);
    const wanted = free.filter((feed) => feed.notBefore <= now);
    if (wanted.length < free.length) this.retryLater();
    for (const [leader, feeds] of Map.groupBy(wanted, (feed) => this.leaderOf(feed))) {
      if (leader < 0) this.leaderless(feeds);
      else this.begin(leader, feeds);
    }
  }

  private leaderOf(feed: PartitionFeed): number {
    const topic = this.cluster.topic(feed.topic);
    const leader = topic?.leaders[feed.partition] ?? -1;
    if (!topic || leader < 0) return -1;
    feed.follow(topic.id);
    return feed.isAheadOf(topic.epochs[feed.partition] ?? -1) ? -1 : leader;
  }

  private leaderless(feeds: readonly PartitionFeed[]): void {
    for (const feed of feeds) {
      feed.lostSight();
      this.withoutLeader.add(feed);
    }
    this.later(feeds);
  }

  /** Stops immediately; nothing more is fed. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    for (const connection of [...this.connections.values()].flat()) this.cluster.release(connection.link);
  }

  private begin(leader: number, feeds: PartitionFeed[]): void {
    for (const feed of feeds) this.withoutLeader.delete(feed);
    let connection: Connection | undefined;
    try {
      connection = this.freeConnection(leader);
    } catch {
      return this.later(feeds);
    }
    if (!connection) return;
    connection.isBusy = true;
    for (const feed of feeds) feed.isBeingFetched = true;
    void this.fetchOnce(connection, feeds);
  }

  private async fetchOnce(connection: Connection, feeds: PartitionFeed[]): Promise<void> {
    try {
      const requests = feeds.map((feed) => this.requestFor(feed));
      const answers = await fetch(connection.link, requests);
      if (this.stopped) return;
      this.isFailing = false;
      const byRequest = new Map(requests.map((request, i) => [partitionOf(request), feeds[i] as PartitionFeed]));
      for (const answer of answers) {
        const feed = byRequest.get(partitionOf(answer));
        if (feed) await this.take(feed, answer);
      }
    } catch (error) {
      if (this.stopped) return;
      this.isFailing = true;
      this.onProblem('fetching from Kafka failed', error as Error);
      this.later(feeds);
    } finally {
      connection.isBusy = false;
      for (const feed of feeds) feed.isBeingFetched = false;
    }
    this.pump();
  }

  private requestFor(feed: PartitionFeed): FetchRequest {
    const { topic, partition } = feed;
    const { id: topicId, epochs } = this.cluster.topic(topic) as Topic;
    const leaderEpoch = epochs[partition] ?? -1;
    const lastEpoch = feed.positionEpoch > leaderEpoch ? -1 : feed.positionEpoch;
    return { topicId, partition, offset: feed.position, leaderEpoch, lastEpoch };
  }

  private async take(feed: PartitionFeed, { errorCode, divergence, records, highWatermark }: FetchedPartition): Promise<void> {
    if (isDenied(errorCode)) this.denied.add(feed);
    else this.denied.delete(feed);
    if (errorCode === code.none && divergence) return feed.goBackTo(divergence);
    if (errorCode === code.none) return feed.received(records, highWatermark);
    feed.lostSight();
    this.later([feed]);
    if (errorCode === code.offsetOutOfRange) return this.closeGap(feed);
    this.onProblem(`cannot fetch ${partitionKey(feed)}`, new Error(describe(errorCode)));
  }

  private async closeGap(feed: PartitionFeed): Promise<void> {
    try {
      const gap = await explainGap(this.cluster, feed);
      if (this.stopped) return;
      if (gap.kind === 'removed') feed.skipRemoved(gap.first);
      else feed.goBackTo(gap.end);
    } catch (error) {
      this.onProblem(`cannot find the next offset of ${partitionKey(feed)}`, error as Error);
    }
  }

  /** After an error, waits a little until the new leader is known. */
  private later(feeds: readonly PartitionFeed[]): void {
    for (const feed of feeds) feed.notBefore = performance.now() + afterErrorMs;
    this.retryLater();
  }

  /** While a feed has to wait, another check is scheduled: a timer may fire a fraction of a millisecond early. */
  private retryLater(): void {
    this.retry ??= setTimeout(() => {
      this.cluster.refresh([...new Set(this.feeds.map(({ topic }) => topic))]).then(
        () => this.again(),
        () => this.again(),
      );
    }, afterErrorMs);
  }

  private again(): void {
    this.retry = undefined;
    this.pump();
  }

  private freeConnection(leader: number): Connection | undefined {
    let connections = this.connections.get(leader);
    if (!connections) {
      connections = [];
      this.connections.set(leader, connections);
    }
    const free = connections.find(({ isBusy }) => !isBusy);
    if (free || connections.length >= connectionsPerBroker) return free;
    const connection = { link: this.cluster.link(leader, { requestTimeoutMs }), isBusy: false };
    connections.push(connection);
    return connection;
  }
}

const partitionOf = ({ topicId, partition }: { readonly topicId: string; readonly partition: number }): string => `${topicId}/${partition}`;
