import {
  defaultLargestRecordBytes,
  type OnProblem,
  type PartitionProgress,
  partitionKey,
  type SubscribeOptions,
  type TopicPartition,
  within,
} from '@ftgo/messaging/broker';
import type { Cluster } from './cluster.js';
import { Committer } from './committer.js';
import { Fetcher } from './fetcher.js';
import type { GenerationOver, GroupMember, Position } from './group-member.js';
import { PartitionFeed } from './partition-feed.js';
import { mostHeaders } from './record-decoder.js';

export interface AssignmentOptions {
  readonly cluster: Cluster;
  readonly member: GroupMember;
  readonly subscribe: SubscribeOptions;
  readonly partitions: readonly TopicPartition[];
  /** Handlers of earlier assignments that have not returned: their partitions wait for them. */
  readonly lingering: Map<string, Promise<void>>;
  readonly onOver: (over: GenerationOver) => void;
  readonly onProblem: OnProblem;
}

const lastCommitMs = 1_000;
/** The size of a record in addition to its key, value and headers; a generous estimate. */
const recordOverheadBytes = 64;

/** The partitions of one generation: fetched, handled, and committed until they are revoked. */
export class Assignment {
  private readonly feeds: PartitionFeed[];
  private readonly fetcher: Fetcher;
  private readonly committer: Committer;

  private constructor(
    private readonly options: AssignmentOptions,
    committed: ReadonlyMap<string, Position>,
  ) {
    const { cluster, member, subscribe, onOver, onProblem } = options;
    this.committer = new Committer(member, subscribe.group, onOver, onProblem);
    this.feeds = options.partitions.map((partition) => this.newFeed(partition, committed.get(partitionKey(partition))));
    this.fetcher = new Fetcher(cluster, this.feeds, onProblem);
  }

  static async begin(options: AssignmentOptions): Promise<Assignment> {
    const assignment = new Assignment(options, await options.member.committed(options.partitions));
    assignment.fetcher.pump();
    return assignment;
  }

  get connected(): boolean {
    return this.fetcher.connected;
  }

  get problem(): string | undefined {
    return this.fetcher.problem;
  }

  get progress(): PartitionProgress[] {
    return this.feeds.map((feed) => feed.progress);
  }

  caughtUp(topics: readonly string[] | undefined): boolean {
    return this.feeds.every((feed) => feed.caughtUp || (topics !== undefined && !topics.includes(feed.topic)));
  }

  /** Stops fetching and handling, waits for the batches in progress, and commits them if the partitions are still owned. */
  async end(drainMs: number, mayCommit: boolean): Promise<void> {
    this.fetcher.stop();
    const { lingering } = this.options;
    const stopping = this.feeds.map((feed) => {
      const key = partitionKey(feed);
      const stopped = letGo(feed, lingering.get(key)).finally(() => lingering.get(key) === stopped && lingering.delete(key));
      lingering.set(key, stopped);
      return stopped;
    });
    await within(drainMs, Promise.all(stopping));
    if (mayCommit) await within(lastCommitMs, this.commitLast());
    this.committer.stop();
  }

  private async commitLast(): Promise<void> {
    try {
      await this.committer.finish();
    } catch (error) {
      this.options.onProblem('last offsets could not be committed; their records will be redelivered', error as Error);
    }
  }

  private newFeed({ topic, partition }: TopicPartition, committed: Position | undefined): PartitionFeed {
    const { cluster, subscribe, lingering, onProblem } = this.options;
    const recordBytes = subscribe.largestRecordBytes?.(topic) ?? defaultLargestRecordBytes;
    return new PartitionFeed({
      limits: {
        recordBytes,
        headers: mostHeaders,
        batchBytes: Math.max(cluster.settings.largestBatchBytes, recordBytes + recordOverheadBytes),
      },
      topic,
      partition,
      committed,
      maxBatch: subscribe.maxBatch,
      handler: async (batch) => {
        await lingering.get(partitionKey(batch));
        batch.signal.throwIfAborted();
        return subscribe.handler(batch);
      },
      onHandled: (feed) => this.committer.note(feed),
      onRoom: () => this.fetcher.pump(),
      onMissed: (missed) => subscribe.onMissed?.(missed),
      onProblem,
    });
  }
}

async function letGo(feed: PartitionFeed, before: Promise<void> | undefined): Promise<void> {
  await feed.stop();
  await before;
}
