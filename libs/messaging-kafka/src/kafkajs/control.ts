import { AccessDenied, BrokerUnavailable, partitionKey, type TopicPartition, type TopicSpec } from '@ftgo/messaging/broker';
import type { Admin } from 'kafkajs';
import { failureOf } from '../access.js';
import { code } from '../codes.js';
import { newClient } from './client.js';
import { codeOf } from './errors.js';
import type { Settings } from './options.js';

/** The bounds of a partition's log, and the position of a group in it. */
export interface Place {
  readonly low: bigint;
  readonly high: bigint;
  /** The next offset to be handled; undefined if the group never committed. */
  readonly committed: bigint | undefined;
}

const createTimeoutMs = 10_000;

/** Requests to Kafka other than producing and consuming. A connection that failed is not used again. */
export class Control {
  private opening: Promise<Admin> | undefined;
  private isClosed = false;

  constructor(private readonly settings: Settings) {}

  /** The number of partitions of each topic. */
  partitions(): Promise<Map<string, number>> {
    return this.ask('cannot list the topics of Kafka', async (admin) => {
      const { topics } = await admin.fetchTopicMetadata();
      return new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    });
  }

  async missing(topics: readonly string[]): Promise<string[]> {
    if (topics.length === 0) return [];
    const existing = await this.partitions();
    const missing = topics.filter((topic) => !existing.has(topic));
    await this.demandPermission(missing);
    return missing;
  }

  /** Throws AccessDenied if one of these topics is missing only because Kafka does not let us see it. */
  async demandPermission(missing: readonly string[]): Promise<void> {
    for (const topic of missing) {
      await this.ask(`cannot use topic ${topic}`, async (admin) => {
        await admin.fetchTopicMetadata({ topics: [topic] }).catch(ignoreMissing);
      });
    }
  }

  /** The position of `group` in each of these partitions. */
  places(group: string, partitions: readonly TopicPartition[]): Promise<Map<string, Place>> {
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    return this.ask(`cannot get the offsets of group ${group}`, async (admin) => {
      const committed = keyed(await admin.fetchOffsets({ groupId: group, topics }));
      const logs = keyed(await Promise.all(topics.map(async (topic) => ({ topic, partitions: await admin.fetchTopicOffsets(topic) }))));
      return new Map(
        partitions.map((partition) => {
          const key = partitionKey(partition);
          const log = logs.get(key);
          if (!log) throw new BrokerUnavailable(`${key} does not exist`);
          const offset = BigInt(committed.get(key)?.offset ?? -1);
          return [key, { low: BigInt(log.low), high: BigInt(log.high), committed: offset < 0n ? undefined : offset }];
        }),
      );
    });
  }

  async log({ topic, partition }: TopicPartition): Promise<Pick<Place, 'low' | 'high'>> {
    const partitions = await this.ask(`cannot get the offsets of ${topic}`, (admin) => admin.fetchTopicOffsets(topic));
    const found = partitions.find((each) => each.partition === partition);
    if (!found) throw new BrokerUnavailable(`${topic} has no partition ${partition}`);
    return { low: BigInt(found.low), high: BigInt(found.high) };
  }

  /** Creates the missing topics, and waits until they are usable. */
  async ensure(specs: readonly TopicSpec[]): Promise<void> {
    const missing = new Set(await this.missing(specs.map(({ topic }) => topic)));
    const wanted = specs.filter(({ topic }) => missing.has(topic));
    if (wanted.length > 0) await this.ask('Kafka cannot create topics', (admin) => create(admin, wanted));
    const deadline = performance.now() + createTimeoutMs;
    for (const { topic } of specs) await this.untilServed(topic, deadline);
  }

  close(): void {
    this.isClosed = true;
    this.forget();
  }

  /** Metadata may name a leader before it leads, so the leaders are asked. */
  private async untilServed(topic: string, deadline: number): Promise<void> {
    for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 500)) {
      try {
        await this.ask(`cannot use topic ${topic} yet`, (admin) => admin.fetchTopicOffsets(topic));
        return;
      } catch (error) {
        if (performance.now() > deadline || this.isClosed || error instanceof AccessDenied) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  private async ask<T>(failure: string, question: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.isClosed) throw new BrokerUnavailable('the broker is closed');
    try {
      this.opening ??= this.open();
      return await question(await this.opening);
    } catch (error) {
      this.forget();
      throw failureOf(failure, error, this.settings.access);
    }
  }

  private async open(): Promise<Admin> {
    const admin = newClient(this.settings).admin();
    await admin.connect();
    return admin;
  }

  private forget(): void {
    this.opening?.then((admin) => admin.disconnect()).catch(() => undefined);
    this.opening = undefined;
  }
}

function ignoreMissing(error: unknown): void {
  if (codeOf(error) !== code.unknownTopicOrPartition) throw error;
}

const keyed = <P extends { partition: number }>(topics: readonly { topic: string; partitions: P[] }[]): Map<string, P> =>
  new Map(topics.flatMap(({ topic, partitions }) => partitions.map((each) => [partitionKey({ topic, partition: each.partition }), each])));

async function create(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  for (const { topic, partitions, retentionMs } of specs) {
    const configEntries = retentionMs === undefined ? [] : [{ name: 'retention.ms', value: String(retentionMs) }];
    try {
      // One by one: if one of several already exists, kafkajs does not say which.
      // Without waiting for leaders: kafkajs fails if a broker does not know the topic yet.
      const topics = [{ topic, numPartitions: partitions, configEntries }];
      await admin.createTopics({ topics, timeout: createTimeoutMs, waitForLeaders: false });
    } catch (error) {
      if (codeOf(error) !== code.topicExists) throw error;
    }
  }
}
