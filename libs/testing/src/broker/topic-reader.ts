import { Consumer } from '@platformatic/kafka';
import { eventually, type Patience } from '../eventually.js';
import { uniqueName } from '../unique-name.js';
import { accessOf, type BrokerAt, type KafkaAddress, kafkaClientOf, openBrokerAt } from './broker-access.js';
import { follow } from './postgres-records.js';

/** A record in the broker; the key and the headers as text, the value as bytes. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | undefined;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Collects the records of a topic from its beginning. */
export class TopicReader {
  private constructor(
    /** The records received so far, in order within a partition. */
    readonly records: TopicRecord[],
    private readonly end: () => Promise<void>,
  ) {}

  static open(at: BrokerAt, topic: string): Promise<TopicReader> {
    const access = accessOf(at);
    return access.kind === 'kafka' ? TopicReader.onKafka(access, topic) : TopicReader.onPostgres(access.url, topic);
  }

  /** Uses another client library than the services. */
  private static async onKafka(access: KafkaAddress, topic: string): Promise<TopicReader> {
    const consumer = new Consumer({
      clientId: 'topic-reader',
      groupId: uniqueName('topic-reader'),
      ...kafkaClientOf(access),
      autocommit: false,
      maxWaitTime: 100,
      retryDelay: 50,
      retries: 20,
    });
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
    const records: TopicRecord[] = [];
    stream.on('data', ({ partition, offset, key, value, headerEntries }) =>
      records.push({ partition, offset, value, headers: textsOf(headerEntries), key: textOf(key) }),
    );
    stream.on('error', () => {}); // the broker was killed: the client reconnects
    return new TopicReader(records, async () => {
      await stream.close();
      await consumer.close(true);
    });
  }

  private static async onPostgres(url: string, topic: string): Promise<TopicReader> {
    const records: TopicRecord[] = [];
    const { close } = await follow(url, [topic], (batch) => {
      for (const { partition, position, key, value, headers } of batch.records)
        records.push({ partition, offset: BigInt(position), value: value ?? Buffer.alloc(0), headers: textsOf(headers), key: textOf(key) });
    });
    return new TopicReader(records, close);
  }

  /** Waits until there are this many records, and returns all. */
  take(count: number, patience?: Patience): Promise<readonly TopicRecord[]> {
    return eventually(() => {
      if (this.records.length < count) throw new Error(`${this.records.length} of ${count} records have arrived`);
      return this.records;
    }, patience);
  }

  close(): Promise<void> {
    return this.end();
  }
}

const textOf = (bytes: Buffer | null | undefined): string | undefined =>
  bytes === null || bytes === undefined ? undefined : String(bytes);

const textsOf = (headers: Iterable<readonly [Buffer | string, Buffer]>): Record<string, string> =>
  Object.fromEntries([...headers].map(([name, content]) => [String(name), String(content)]));

/** Starts reading a topic, which must exist. */
export const readTopic = (at: BrokerAt, topic: string): Promise<TopicReader> => TopicReader.open(at, topic);

/** Creates a topic, as the owner of a channel does at startup. */
export async function createTopic(at: BrokerAt, topic: string, partitions = 1): Promise<void> {
  const broker = openBrokerAt(at, 'test-admin');
  try {
    await broker.ensureTopics([{ topic, partitions }]);
  } finally {
    await broker.close();
  }
}
