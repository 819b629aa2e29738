import {
  type Broker,
  type BrokerFeatures,
  BrokerUnavailable,
  type Following,
  type FollowOptions,
  type OutgoingRecord,
  type ReceivedRecord,
  RecordRejected,
  type SubscribeOptions,
  type Subscription,
  TopicMissing,
  type TopicSpec,
} from '../broker.js';
import { OpenReaders } from '../open-readers.js';
import { partitionOf } from '../partitions.js';
import type { Pipeline, PipelineListener } from '../pipeline.js';
import { MemoryFollower } from './memory-follower.js';
import { MemoryGroup } from './memory-group.js';
import { MemoryPipeline } from './memory-pipeline.js';

export interface MemoryBrokerOptions {
  /** Key, value and headers together; default 1 MiB, Kafka's own limit for a batch. */
  readonly maxRecordBytes?: number;
  /** How long a handler may continue after its partition was revoked or the subscription closes. */
  readonly drainTimeoutMs?: number;
}

const defaultMaxRecordBytes = 1024 * 1024;
const defaultDrainTimeoutMs = 4_000;

/** A broker in this process, for unit tests: the same guarantees as Kafka, but nothing survives the process. */
export const memoryBroker = (options: MemoryBrokerOptions = {}): MemoryBroker => new MemoryBroker(options);

interface Store {
  readonly topics: Map<string, ReceivedRecord[][]>;
  readonly groups: Map<string, MemoryGroup>;
  readonly followers: Set<MemoryFollower>;
}

const features: BrokerFeatures = {
  system: 'memory',
  orderedPerKey: true,
  publishSubscribe: true,
  following: true,
  retained: true,
  partitioned: true,
  survivesRecreation: false,
  boundedDecompression: true,
};

/** Created by `memoryBroker`. */
export class MemoryBroker implements Broker {
  readonly features = features;
  private readonly topics: Store['topics'];
  private readonly groups: Store['groups'];
  private readonly readers = new OpenReaders();
  private readonly maxRecordBytes: number;
  private readonly drainTimeoutMs: number;
  private closed = false;

  constructor(
    private readonly options: MemoryBrokerOptions,
    private readonly store: Store = { topics: new Map(), groups: new Map(), followers: new Set() },
  ) {
    this.topics = store.topics;
    this.groups = store.groups;
    this.maxRecordBytes = options.maxRecordBytes ?? defaultMaxRecordBytes;
    this.drainTimeoutMs = options.drainTimeoutMs ?? defaultDrainTimeoutMs;
  }

  /** Another client of the same topics and groups, closed separately. */
  client(): MemoryBroker {
    return new MemoryBroker(this.options, this.store);
  }

  comparePositions(a: string, b: string): number {
    return Number(a) - Number(b);
  }

  async publish(records: readonly OutgoingRecord[]): Promise<void> {
    this.mustBeOpen();
    const missing = records.find(({ topic }) => !this.topics.has(topic));
    if (missing) throw new TopicMissing(missing.topic);
    const tooLarge = records.find((record) => sizeOf(record) > this.maxRecordBytes);
    if (tooLarge) throw new RecordRejected(`the record is larger than the limit of ${this.maxRecordBytes} bytes`, tooLarge);
    for (const record of records) this.append(record);
    for (const group of this.groups.values()) group.wake();
    for (const follower of this.store.followers) follower.wake();
  }

  pipeline(listener: PipelineListener): Promise<Pipeline> {
    return Promise.resolve(new MemoryPipeline(this, listener));
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.mustBeOpen();
    const group = this.groupNamed(options.group);
    const subscription = this.readers.add((onClosed) => group.join(options, onClosed));
    await group.rebalance();
    return subscription;
  }

  follow(options: FollowOptions): Following {
    this.mustBeOpen();
    const follower = this.readers.add((onClosed) => {
      const created = new MemoryFollower(this.topics, options, () => {
        this.store.followers.delete(created);
        onClosed();
      });
      return created;
    });
    this.store.followers.add(follower);
    return follower;
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    for (const { topic, partitions } of specs) {
      if (!this.topics.has(topic))
        this.topics.set(
          topic,
          Array.from({ length: partitions }, () => []),
        );
    }
    await Promise.all([...this.groups.values()].map((group) => group.rebalance()));
  }

  missingTopics(topics: readonly string[]): Promise<string[]> {
    return Promise.resolve(topics.filter((topic) => !this.topics.has(topic)));
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.readers.close();
  }

  private append({ topic, key, value, headers }: OutgoingRecord): void {
    const partitions = this.topics.get(topic) as ReceivedRecord[][];
    const partition = partitionOf(partitions.length, key);
    const log = partitions[partition] as ReceivedRecord[];
    const copies = new Map(headers.map(([name, bytes]) => [name.toString(), Buffer.from(bytes)]));
    log.push({ topic, partition, position: String(log.length), key: Buffer.from(key), value: Buffer.from(value), headers: copies });
  }

  private groupNamed(name: string): MemoryGroup {
    const existing = this.groups.get(name);
    if (existing) return existing;
    const group = new MemoryGroup(this.topics, this.drainTimeoutMs);
    this.groups.set(name, group);
    return group;
  }

  private mustBeOpen(): void {
    if (this.closed) throw new BrokerUnavailable('the broker is closed');
  }
}

const sizeOf = ({ key, value, headers }: OutgoingRecord): number =>
  headers.reduce((sum, [name, bytes]) => sum + name.length + bytes.length, key.length + value.length);
