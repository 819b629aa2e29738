import {
  type Broker,
  type BrokerFeatures,
  type Following,
  type FollowOptions,
  OpenReaders,
  type OutgoingRecord,
  type Pipeline,
  type PipelineListener,
  type SubscribeOptions,
  type Subscription,
  type TopicSpec,
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
  private readonly readers = new OpenReaders();

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
    return Promise.resolve(this.readers.add((onClosed) => new KafkaSubscription(this.cluster, options, onClosed)));
  }

  follow(options: FollowOptions): Following {
    return this.readers.add((onClosed) => new KafkaFollower(this.cluster, options, onClosed));
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
    await this.readers.close();
    this.publisher.close();
    this.cluster.close();
  }
}
