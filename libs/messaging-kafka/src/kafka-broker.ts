import type {
  Broker,
  BrokerFeatures,
  Following,
  FollowOptions,
  OutgoingRecord,
  Pipeline,
  PipelineListener,
  SubscribeOptions,
  Subscription,
  TopicSpec,
} from '@ftgo/messaging/broker';
import { Cluster } from './cluster.js';
import { KafkaFollower } from './kafka-follower.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { compareOffsets } from './offsets.js';
import { type KafkaBrokerOptions, settingsOf } from './options.js';
import { Producer } from './producer.js';
import { openPipeline, Publisher } from './publisher.js';
import { ensureTopics, missingTopics, newestAt } from './topics.js';

/** Kafka 3.2 or newer as the broker. It may be down at startup: connections are made on demand, and again after a loss. */
export const kafkaBroker = (options: KafkaBrokerOptions): KafkaBroker => new KafkaBroker(options);

const features: BrokerFeatures = {
  system: 'kafka',
  positionAttribute: 'messaging.kafka.offset',
  orderedPerKey: true,
  publishSubscribe: true,
  following: true,
  retained: true,
  partitioned: true,
  survivesRecreation: true,
  boundedDecompression: true,
};

export class KafkaBroker implements Broker {
  readonly features = features;
  private readonly cluster: Cluster;
  private readonly publisher: Publisher;
  private readonly subscriptions = new Set<Subscription>();
  private readonly followers: Following[] = [];

  constructor(options: KafkaBrokerOptions) {
    this.cluster = new Cluster(settingsOf(options));
    this.publisher = new Publisher((listener) => Producer.open(this.cluster, listener));
  }

  comparePositions(a: string, b: string): number {
    return compareOffsets(a, b);
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return this.publisher.publish(records);
  }

  pipeline(listener: PipelineListener): Promise<Pipeline> {
    return openPipeline((each) => Producer.open(this.cluster, each), listener);
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    const subscription = new KafkaSubscription(this.cluster, options);
    this.subscriptions.add(subscription);
    return Promise.resolve(subscription);
  }

  follow(options: FollowOptions): Following {
    const follower = new KafkaFollower(this.cluster, options);
    this.followers.push(follower);
    return follower;
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return ensureTopics(this.cluster, topics);
  }

  missingTopics(topics: readonly string[]): Promise<string[]> {
    return missingTopics(this.cluster, topics);
  }

  newestAt(topics: readonly string[]): Promise<Date | undefined> {
    return newestAt(this.cluster, topics);
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions, ...this.followers].map((reader) => reader.close()));
    this.publisher.close();
    this.cluster.close();
  }
}
