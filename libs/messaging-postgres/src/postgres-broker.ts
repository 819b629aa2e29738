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
import { BrokerUnavailable, OpenReaders } from '@ftgo/messaging/broker';
import { AppendStream, type AppendStreamOptions } from './append-stream.js';
import { Connection } from './connection.js';
import { type PostgresBrokerOptions, type Settings, settingsOf } from './options.js';
import { PostgresFollower } from './postgres-follower.js';
import { PostgresSubscription } from './postgres-subscription.js';
import { Publisher } from './publisher.js';
import { Retention } from './retention.js';
import { deleteTopics, ensureTopics, findTopics, Topics } from './topics.js';

/** PostgreSQL as the broker. It may be down at startup: connections are made on demand, and again after a loss. */
export const postgresBroker = (options: PostgresBrokerOptions): PostgresBroker => new PostgresBroker(options);

const features: BrokerFeatures = {
  system: 'postgresql',
  orderedPerKey: true,
  publishSubscribe: true,
  following: true,
  retained: true,
  partitioned: true,
  survivesRecreation: true,
  boundedDecompression: true,
};

export class PostgresBroker implements Broker {
  readonly features = features;
  private readonly settings: Settings;
  private readonly topics = new Topics();
  private readonly connection: Connection;
  private readonly publisher: Publisher;
  private readonly retention: Retention;
  private readonly readers = new OpenReaders();
  private readonly pipelines = new Set<Pipeline>();
  private closed = false;

  constructor(options: PostgresBrokerOptions) {
    this.settings = settingsOf(options);
    this.connection = this.newConnection('topics');
    this.publisher = new Publisher(() => this.appending('publisher'));
    this.retention = new Retention(this.connection, this.settings);
  }

  /** Positions are offsets. */
  comparePositions(a: string, b: string): number {
    return Number(a) - Number(b);
  }

  publish(records: readonly OutgoingRecord[]): Promise<void> {
    this.retention.start();
    return this.publisher.publish(records);
  }

  /** A pipeline with its own connection. */
  async pipeline(listener: PipelineListener): Promise<Pipeline> {
    this.mustBeOpen();
    this.retention.start();
    const options = { ...this.appending('pipeline'), onEnd: (ended: Pipeline) => this.pipelines.delete(ended) };
    await options.connection.connect();
    const pipeline = new AppendStream(options, listener);
    this.pipelines.add(pipeline);
    return pipeline;
  }

  async subscribe(options: SubscribeOptions): Promise<Subscription> {
    this.mustBeOpen();
    this.retention.start();
    return this.readers.add((onClosed) => new PostgresSubscription(this.settings, options, onClosed));
  }

  follow(options: FollowOptions): Following {
    this.mustBeOpen();
    return this.readers.add((onClosed) => new PostgresFollower(this.settings, options, onClosed));
  }

  ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    return ensureTopics(this.connection, topics);
  }

  async missingTopics(topics: readonly string[]): Promise<string[]> {
    const found = await findTopics(this.connection, topics);
    return topics.filter((topic) => !found.has(topic));
  }

  /** Deletes topics with their records, and the offsets of all groups. */
  deleteTopics(topics: readonly string[]): Promise<void> {
    return deleteTopics(this.connection, topics);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.retention.stop();
    await this.readers.close();
    this.publisher.close();
    for (const pipeline of this.pipelines) pipeline.close();
    await this.connection.close();
  }

  private appending(what: string): AppendStreamOptions {
    const { topics, settings } = this;
    return { connection: this.newConnection(what), topics, maxRecordBytes: settings.maxRecordBytes };
  }

  private newConnection(what: string): Connection {
    const { url, clientId } = this.settings;
    return new Connection({ url, applicationName: `${clientId} (${what})` });
  }

  private mustBeOpen(): void {
    if (this.closed) throw new BrokerUnavailable('the broker is closed');
  }
}
