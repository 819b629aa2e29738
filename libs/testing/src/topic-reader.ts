import { Admin, Consumer, type MessagesStream } from '@platformatic/kafka';
import { eventually, type Patience } from './eventually.js';
import { uniqueName } from './unique-name.js';

/** A record as it stands in Kafka; the key and the headers as text, the value as bytes. */
export interface TopicRecord {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string | undefined;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Collects the records of a topic from its beginning. */
export class TopicReader {
  /** Those that came so far; in order within a partition. */
  readonly records: TopicRecord[] = [];

  private constructor(
    private readonly consumer: Consumer,
    private readonly stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>,
  ) {
    stream.on('data', (message) => {
      const { partition, offset, key, value } = message;
      const headers = Object.fromEntries(message.headerEntries.map(([name, content]) => [String(name), String(content)]));
      this.records.push({ partition, offset, value, headers, key: key === null || key === undefined ? undefined : String(key) });
    });
    stream.on('error', () => {}); // a broker that is killed: the client comes back by itself
  }

  static async open(brokers: string, topic: string): Promise<TopicReader> {
    const consumer = new Consumer({
      clientId: 'topic-reader',
      groupId: uniqueName('topic-reader'),
      bootstrapBrokers: brokers.split(','),
      autocommit: false,
      maxWaitTime: 100,
      retryDelay: 50,
      retries: 20,
    });
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest' });
    return new TopicReader(consumer, stream);
  }

  /** Waits until there are that many records, and returns all that there are. */
  take(count: number, patience?: Patience): Promise<readonly TopicRecord[]> {
    return eventually(() => {
      if (this.records.length < count) throw new Error(`${this.records.length} of ${count} records have come`);
      return this.records;
    }, patience);
  }

  async close(): Promise<void> {
    await this.stream.close();
    await this.consumer.close(true);
  }
}

/** Begins to read a topic, which must exist. */
export const readTopic = (brokers: string, topic: string): Promise<TopicReader> => TopicReader.open(brokers, topic);

/** Makes a topic, as the owner of a channel does at its start. */
export async function createTopic(brokers: string, topic: string, partitions = 1): Promise<void> {
  const admin = new Admin({ clientId: 'test-admin', bootstrapBrokers: brokers.split(',') });
  try {
    await admin.createTopics({ topics: [topic], partitions, replicas: 1 });
  } finally {
    await admin.close();
  }
}
