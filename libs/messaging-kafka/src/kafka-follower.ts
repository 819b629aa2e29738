import {
  AccessDenied,
  BrokerUnavailable,
  backoffMs,
  defaultLargestRecordBytes,
  type Following,
  type FollowOptions,
  partitionKey,
  pause,
  type RecordBatch,
} from '@ftgo/messaging/broker';
import { isDenied } from './access.js';
import type { Cluster, Topic } from './cluster.js';
import { Fetcher } from './fetcher.js';
import type { Position } from './group-member.js';
import { PartitionFeed } from './partition-feed.js';
import { mostHeaders } from './record-decoder.js';
import { nextOffsets } from './topics.js';

const firstPauseMs = 20;
const longestPauseMs = 1_000;
const partitionCheckMs = 2_000;

/** Reads all partitions of topics without a group: from their ends, and new partitions from their first record. */
export class KafkaFollower implements Following {
  readonly started: Promise<void>;
  private denial: string | undefined;
  private readonly closing = new AbortController();
  private readonly feeds = new Map<string, PartitionFeed>();
  private readonly running: Promise<void>;
  /** One for the partitions that existed at the start, and one for each later set of new ones. */
  private readonly fetchers: Fetcher[] = [];

  constructor(
    private readonly cluster: Cluster,
    private readonly options: FollowOptions,
    private readonly onClosed: () => void,
  ) {
    const started = Promise.withResolvers<void>();
    this.started = started.promise;
    this.running = this.run(started.resolve);
  }

  get connected(): boolean {
    return this.fetchers.length > 0 && this.problem === undefined && this.fetchers.every(({ connected }) => connected);
  }

  get problem(): string | undefined {
    return this.denial ?? this.fetchers.find(({ problem }) => problem !== undefined)?.problem;
  }

  async close(): Promise<void> {
    this.closing.abort();
    for (const fetcher of this.fetchers) fetcher.stop();
    await Promise.all([this.running, ...[...this.feeds.values()].map((feed) => feed.stop())]);
    this.onClosed();
  }

  private async run(started: () => void): Promise<void> {
    const { signal } = this.closing;
    for (let failures = 0; !signal.aborted; ) {
      try {
        await this.findPartitions();
        started();
        failures = 0;
        this.denial = undefined;
        await pause(partitionCheckMs, signal);
      } catch (error) {
        const what = `cannot follow ${this.options.topics.join(', ')}`;
        const failure = this.cluster.failure(what, error);
        this.denial = failure instanceof AccessDenied ? failure.message : undefined;
        if (!signal.aborted) this.cluster.settings.onProblem(what, error as Error);
        await pause(backoffMs(failures++, firstPauseMs, longestPauseMs), signal);
      }
    }
  }

  /** The first time, reading begins at the ends of the partitions; a partition that is found later is new. */
  private async findPartitions(): Promise<void> {
    const { cluster, options, feeds } = this;
    const isFirst = this.fetchers.length === 0;
    await cluster.refresh(options.topics);
    const found: PartitionFeed[] = [];
    for (const name of options.topics) {
      const topic = cluster.topic(name);
      if (topic && isDenied(topic.errorCode)) throw cluster.notPermitted([name]);
      if (!topic || topic.leaders.length === 0) throw new BrokerUnavailable(`topic ${name} does not exist`);
      const ends = isFirst ? await this.endsOf(name, topic) : new Map<number, Position>();
      for (const partition of topic.leaders.keys()) {
        const key = partitionKey({ topic: name, partition });
        if (!feeds.has(key)) found.push(this.newFeed(name, partition, ends.get(partition)));
      }
    }
    if (found.length > 0 && !this.closing.signal.aborted) this.fetch(found);
  }

  private fetch(found: readonly PartitionFeed[]): void {
    for (const feed of found) this.feeds.set(partitionKey(feed), feed);
    const fetcher = new Fetcher(this.cluster, found, this.cluster.settings.onProblem);
    this.fetchers.push(fetcher);
    fetcher.pump();
  }

  private async endsOf(name: string, { id, leaders }: Topic): Promise<Map<number, Position>> {
    if (leaders.some((leader) => leader < 0)) throw new BrokerUnavailable(`topic ${name} has partitions without a leader`);
    const byLeader = Map.groupBy(leaders.keys(), (partition) => leaders[partition] as number);
    const answers = await Promise.all([...byLeader].map(([leader, partitions]) => nextOffsets(this.cluster, leader, name, partitions)));
    const found = answers.flatMap(({ topics }) => topics.flatMap(({ partitions }) => partitions));
    if (found.some(({ offset }) => offset < 0n)) throw new BrokerUnavailable(`a broker returned no next offset for a partition of ${name}`);
    return new Map(found.map(({ partitionIndex, offset, leaderEpoch }) => [partitionIndex, { offset, leaderEpoch, topicId: id }]));
  }

  private newFeed(topic: string, partition: number, committed: Position | undefined): PartitionFeed {
    const { cluster, options } = this;
    return new PartitionFeed({
      topic,
      partition,
      committed,
      limits: { recordBytes: defaultLargestRecordBytes, headers: mostHeaders, batchBytes: cluster.settings.largestBatchBytes },
      maxBatch: undefined,
      handler: (batch) => this.handle(batch),
      onHandled: () => undefined,
      onRoom: () => {
        for (const fetcher of this.fetchers) fetcher.pump();
      },
      onMissed: (missed) => options.onMissed?.(missed),
      onProblem: cluster.settings.onProblem,
    });
  }

  /** A record is not redelivered: the next one is more useful to a reader that follows. */
  private async handle({ records }: RecordBatch): Promise<void> {
    try {
      this.options.handler(records);
    } catch (error) {
      this.cluster.settings.onProblem(`the handler of ${this.options.topics.join(', ')} failed; its records are skipped`, error as Error);
    }
  }
}
