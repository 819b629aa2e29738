import type {
  Broker,
  BrokerFeatures,
  OutgoingRecord,
  Pipeline,
  PipelineListener,
  SubscribeOptions,
  Subscription,
  TopicSpec,
} from '@ftgo/messaging/broker';
import { Cluster } from './cluster.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { type KafkaBrokerOptions, settingsOf } from './options.js';
import { Producer } from './producer.js';
import { Publisher } from './publisher.js';
import { ensureTopics, missingTopics } from './topics.js';

/** Kafka, 3.2 or newer, as the broker. It need not be there yet: connections are made when they are needed, and again. */
export const kafkaBroker = (options: KafkaBrokerOptions): KafkaBroker => new KafkaBroker(options);

const features: BrokerFeatures = {
  system: 'kafka',
  positionAttribute: 'messaging.kafka.offset',
  orderedPerKey: true,
  publishSubscribe: true,
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

  constructor(options: KafkaBrokerOptions) {
    this.cluster = new Cluster(settingsOf(options));
    this.publisher = new Publisher(this.cluster);
  }

  /** Positions are offsets. */
  comparePositions(a: string, b: string): number {
    const [first, second] = [BigInt(a), BigInt(b)];
    if (first === second) return 0;
    return first < second ? -1 : 1;
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return this.publisher.publish(records);
  }

  pipeline(listener: PipelineListener): Promise<Pipeline> {
    return openPipeline(this.cluster, listener);
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    const subscription = new KafkaSubscription(this.cluster, options);
    this.subscriptions.add(subscription);
    return Promise.resolve(subscription);
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return ensureTopics(this.cluster, topics);
  }

  missingTopics(topics: readonly string[]): Promise<string[]> {
    return missingTopics(this.cluster, topics);
  }

  async close(): Promise<void> {
    await Promise.all([...this.subscriptions].map((subscription) => subscription.close()));
    this.publisher.close();
    this.cluster.close();
  }
}

/** A producer of its own, that ends with the first record that is refused. */
async function openPipeline(cluster: Cluster, listener: PipelineListener): Promise<Pipeline> {
  const producer = await Producer.open(cluster, {
    acknowledged: (upTo) => listener.acknowledged(upTo),
    failed: (error) => listener.failed(error),
    refused: (error) => {
      producer.close();
      listener.failed(error);
    },
  });
  return producer;
}
