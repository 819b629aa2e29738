import {
  backoffMs,
  defaultLargestRecordBytes,
  type OnProblem,
  type PartitionProgress,
  partitionKey,
  pause,
  type SubscribeOptions,
  type TopicPartition,
  within,
} from '@ftgo/messaging/broker';
import type { Batch, Consumer } from 'kafkajs';
import { Committer } from './committer.js';
import type { Control, Place } from './control.js';
import { Feed } from './feed.js';

export interface AssignmentOptions {
  readonly consumer: Consumer;
  readonly control: Control;
  readonly subscribe: SubscribeOptions;
  readonly partitions: readonly TopicPartition[];
  /** Handlers of earlier assignments that have not returned: their partitions wait for them. */
  readonly lingering: Map<string, Promise<void>>;
  readonly onCommitFailed: (error: Error) => void;
  readonly onProblem: OnProblem;
}

const lastCommitMs = 1_000;
const firstPauseMs = 20;
const longestPauseMs = 1_000;

/** The partitions of one generation: fed by kafkajs, handled, and committed until they are revoked. */
export class Assignment {
  private readonly feeds = new Map<string, Feed>();
  private readonly committer: Committer;
  private readonly ended = new AbortController();
  private isReady = false;

  /** Nothing is fetched before the position of the group is known. */
  constructor(private readonly options: AssignmentOptions) {
    const { consumer, subscribe, onCommitFailed } = options;
    this.committer = new Committer(consumer, subscribe.group, onCommitFailed);
    consumer.pause(this.partitions.map(inKafkaJs));
    void this.begin();
  }

  get partitions(): readonly TopicPartition[] {
    return this.options.partitions;
  }

  get progress(): PartitionProgress[] {
    if (!this.isReady) return this.partitions.map(({ topic, partition }) => ({ topic, partition, behind: undefined, waitedMs: 0 }));
    return [...this.feeds.values()].map((feed) => feed.progress);
  }

  get ready(): boolean {
    return this.isReady;
  }

  caughtUp(topics: readonly string[] | undefined): boolean {
    const concerned = this.partitions.filter(({ topic }) => topics === undefined || topics.includes(topic));
    return concerned.every((partition) => this.feeds.get(partitionKey(partition))?.behind === 0);
  }

  /** Takes what kafkajs has fetched, unless it continued at another offset than ours: then it is set to ours. */
  async take(batch: Batch): Promise<void> {
    const feed = this.feeds.get(partitionKey(batch));
    if (!feed || this.ended.signal.aborted) return;
    const { fetchedOffset } = batch as Batch & { readonly fetchedOffset: string };
    const agrees = BigInt(fetchedOffset) === feed.wanted || (await this.follow(feed, BigInt(fetchedOffset)));
    if (this.ended.signal.aborted) return;
    if (!agrees) return this.options.consumer.seek({ ...placeOf(feed), offset: feed.wanted.toString() });
    feed.received({ messages: batch.messages, next: BigInt(batch.lastOffset()) + 1n, highWatermark: BigInt(batch.highWatermark) });
    if (!feed.hasRoom) this.options.consumer.pause([inKafkaJs(feed)]);
  }

  /** A batch from which kafkajs delivers nothing: transaction markers, and records of aborted transactions. */
  passed(partition: TopicPartition, first: string, last: string, highWatermark: string): void {
    const feed = this.feeds.get(partitionKey(partition));
    if (!feed || BigInt(first) < feed.wanted) return;
    feed.received({ messages: [], next: BigInt(last) + 1n, highWatermark: BigInt(highWatermark) });
  }

  /** Records that are known to exist but do not arrive may have been removed. */
  async checkLags(): Promise<void> {
    for (const feed of this.feeds.values()) {
      if (!feed.waitsForRecords) continue;
      const { wanted } = feed;
      const { low } = await this.options.control.log(feed);
      if (feed.wanted === wanted && wanted < low) this.skip(feed, low);
    }
  }

  /** Stops handling, waits for the batches in progress, and commits them if the partitions are still owned. */
  async end(drainMs: number, mayCommit: boolean): Promise<void> {
    this.ended.abort();
    const { lingering } = this.options;
    const stopping = [...this.feeds].map(([key, feed]) => {
      const stopped = letGo(feed, lingering.get(key)).finally(() => lingering.get(key) === stopped && lingering.delete(key));
      lingering.set(key, stopped);
      return stopped;
    });
    if (drainMs > 0) await within(drainMs, Promise.all(stopping));
    if (mayCommit) await within(lastCommitMs, this.commitLast());
    this.committer.stop();
  }

  private async begin(): Promise<void> {
    const { control, subscribe, consumer, onProblem } = this.options;
    const { signal } = this.ended;
    for (let failures = 0; !signal.aborted; failures++) {
      try {
        const places = await control.places(subscribe.group, this.partitions);
        if (signal.aborted) return;
        for (const partition of this.partitions) this.newFeed(partition, places.get(partitionKey(partition)) as Place);
        this.isReady = true;
        return consumer.resume(this.partitions.map(inKafkaJs));
      } catch (error) {
        if (signal.aborted) return;
        onProblem(`cannot get the position of group ${subscribe.group}`, error as Error);
        await pause(backoffMs(failures, firstPauseMs, longestPauseMs), signal);
      }
    }
  }

  /** kafkajs starts again at the oldest record if the log does not have the requested offset. True if that has happened. */
  private async follow(feed: Feed, at: bigint): Promise<boolean> {
    const { low, high } = await this.options.control.log(feed);
    if (feed.wanted < low && at >= low) this.skip(feed, at);
    else if (feed.wanted > high) this.goBack(feed, at);
    return feed.wanted === at;
  }

  private skip(feed: Feed, to: bigint): void {
    this.options.subscribe.onMissed?.({ ...placeOf(feed), reason: 'retention', records: Number(to - feed.wanted) });
    feed.skipTo(to);
  }

  private goBack(feed: Feed, to: bigint): void {
    const { topic, partition } = feed;
    const why = new Error(`offset ${feed.wanted} does not exist`);
    this.options.onProblem(`the log of ${topic}/${partition} was truncated or replaced; reading it again from offset ${to}`, why);
    feed.goBackTo(to);
  }

  private newFeed({ topic, partition }: TopicPartition, place: Place): void {
    const { subscribe, lingering, onProblem, consumer } = this.options;
    const key = partitionKey({ topic, partition });
    const feed = new Feed({
      topic,
      partition,
      place,
      recordBytes: subscribe.largestRecordBytes?.(topic) ?? defaultLargestRecordBytes,
      maxBatch: subscribe.maxBatch,
      handler: async (batch) => {
        await lingering.get(key);
        batch.signal.throwIfAborted();
        return subscribe.handler(batch);
      },
      onHandled: (handled) => this.committer.note(handled),
      onRoom: (handled) => this.ended.signal.aborted || consumer.resume([inKafkaJs(handled)]),
      onProblem,
    });
    this.feeds.set(key, feed);
    const { low, high, committed } = place;
    if (committed === undefined) return;
    if (committed < low) subscribe.onMissed?.({ topic, partition, reason: 'retention', records: Number(low - committed) });
    if (committed > high) onProblem(`the log of ${key} was truncated or replaced`, new Error(`offset ${committed} does not exist`));
  }

  private async commitLast(): Promise<void> {
    try {
      await this.committer.finish();
    } catch (error) {
      this.options.onProblem('last offsets could not be committed; their records will be redelivered', error as Error);
    }
  }
}

const placeOf = ({ topic, partition }: TopicPartition): TopicPartition => ({ topic, partition });
const inKafkaJs = ({ topic, partition }: TopicPartition) => ({ topic, partitions: [partition] });

async function letGo(feed: Feed, before: Promise<void> | undefined): Promise<void> {
  await feed.stop();
  await before;
}
