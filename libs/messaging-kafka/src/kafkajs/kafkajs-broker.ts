import {
  type Broker,
  type BrokerFeatures,
  type Following,
  OpenReaders,
  type OutgoingRecord,
  type Pipeline,
  type PipelineListener,
  type SubscribeOptions,
  type Subscription,
  type TopicSpec,
} from '@ftgo/messaging/broker';
import { compareOffsets } from '../offsets.js';
import { openPipeline, Publisher } from '../publisher.js';
import { Control } from './control.js';
import { type KafkaJsBrokerOptions, type Settings, settingsOf } from './options.js';
import { KafkaJsProducer } from './producer.js';
import { KafkaJsSubscription } from './subscription.js';

/** Kafka as the broker, through kafkajs. It may be down at startup: connections are made on demand, and again after a loss. */
export const kafkaJsBroker = (options: KafkaJsBrokerOptions): KafkaJsBroker => new KafkaJsBroker(options);

const features: BrokerFeatures = {
  system: 'kafka',
  positionAttribute: 'messaging.kafka.offset',
  orderedPerKey: true,
  publishSubscribe: true,
  following: false,
  retained: true,
  partitioned: true,
  survivesRecreation: false,
  boundedDecompression: false,
};

/** What the native client supports and kafkajs does not, one line each. */
export const kafkaJsLacks: readonly string[] = [
  'topic ids: records of a topic that was deleted and created again may be skipped',
  'leader epochs: if a log loses handled records and then reaches the same offset again, the loss is not detected',
  'bounded decompression: a compressed batch is decompressed completely, whatever its size',
  'Snappy and LZ4: records compressed with them stop their group',
  'draining before a rebalance: a batch in progress is handled twice if its partition moves, as after a crash',
  'static membership: a restart triggers a rebalance',
  'reading without a consumer group: api-gateway always uses the native client',
];

export class KafkaJsBroker implements Broker {
  readonly features = features;
  private readonly settings: Settings;
  private readonly control: Control;
  private readonly publisher: Publisher;
  private readonly readers = new OpenReaders();

  constructor(options: KafkaJsBrokerOptions) {
    this.settings = settingsOf(options);
    this.control = new Control(this.settings);
    this.publisher = new Publisher((listener) => KafkaJsProducer.open(this.settings, this.control, listener));
  }

  comparePositions(a: string, b: string): number {
    return compareOffsets(a, b);
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    return this.publisher.publish(records);
  }

  pipeline(listener: PipelineListener): Promise<Pipeline> {
    return openPipeline((each) => KafkaJsProducer.open(this.settings, this.control, each), listener);
  }

  subscribe(options: SubscribeOptions): Promise<Subscription> {
    return Promise.resolve(this.readers.add((onClosed) => new KafkaJsSubscription(this.settings, this.control, options, onClosed)));
  }

  /** kafkajs reads only in groups. */
  follow(): Following {
    throw new Error('kafkajs cannot read without a consumer group; use the native client');
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.control.ensure(topics);
  }

  missingTopics(topics: readonly string[]): Promise<string[]> {
    return this.control.missing(topics);
  }

  async close(): Promise<void> {
    await this.readers.close();
    this.publisher.close();
    this.control.close();
  }
}
