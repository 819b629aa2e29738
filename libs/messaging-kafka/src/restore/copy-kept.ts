import { randomUUID } from 'node:crypto';
import { partitionKey, type ReceivedRecord } from '@ftgo/messaging/broker';
import type { EachBatchPayload, Kafka, KafkaMessage, Producer } from 'kafkajs';
import { bytesOf, receivedOf } from '../kafkajs/received.js';

/** A partition with records, up to the offset `end`. */
export interface PartitionLog {
  readonly topic: string;
  readonly partition: number;
  readonly end: bigint;
}

interface Counts {
  kept: number;
  removed: number;
}

/** Resolves to those of these records, in order within one partition, that stay. */
type Keep = (records: readonly ReceivedRecord[]) => Promise<readonly ReceivedRecord[]>;

/** A request stays below the brokers' default limit (1 MiB). */
const requestBytes = 512 * 1024;
const partitionsAtOnce = 4;

/**
 * Reads these logs from their first record to their end, and appends the records to be kept to the same partitions, with their
 * headers and times. Resolves to the counts by topic.
 */
export async function copyKept(client: Kafka, logs: readonly PartitionLog[], keep: Keep): Promise<ReadonlyMap<string, Counts>> {
  const consumer = client.consumer({ groupId: `restore-${randomUUID()}`, allowAutoTopicCreation: false });
  const producer = client.producer({ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false });
  const copy = new Copy(producer, logs, keep);
  if (logs.length === 0) return copy.counts;
  consumer.on('consumer.crash', ({ payload: { error, restart } }) => restart || copy.done.reject(error));
  try {
    await Promise.all([consumer.connect(), producer.connect()]);
    await consumer.subscribe({ topics: [...copy.counts.keys()], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: partitionsAtOnce,
      eachBatch: (payload) => copy.take(payload),
    });
    await copy.done.promise;
  } finally {
    await Promise.allSettled([consumer.disconnect(), producer.disconnect()]);
  }
  return copy.counts;
}

class Copy {
  readonly counts: ReadonlyMap<string, Counts>;
  readonly done = Promise.withResolvers<void>();
  /** The ends of the partitions that are not read completely. */
  private readonly unread: Map<string, bigint>;

  constructor(
    private readonly producer: Producer,
    logs: readonly PartitionLog[],
    private readonly keep: Keep,
  ) {
    this.counts = new Map(logs.map(({ topic }) => [topic, { kept: 0, removed: 0 }]));
    this.unread = new Map(logs.map((log) => [partitionKey(log), log.end]));
  }

  async take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const end = this.unread.get(partitionKey(batch));
    if (end === undefined) return void payload.pause();
    const read = batch.messages.filter(({ offset }) => BigInt(offset) < end);
    const messageOf = new Map(read.map((message) => [receivedOf(batch, message, Number.POSITIVE_INFINITY), message]));
    const kept = await this.keep([...messageOf.keys()]);
    for (const records of requestsOf(kept)) {
      const messages = records.map((record) => copyOf(messageOf.get(record) as KafkaMessage, batch.partition));
      await this.producer.send({ topic: batch.topic, acks: -1, messages });
      await payload.heartbeat();
    }
    const counts = this.counts.get(batch.topic) as Counts;
    counts.kept += kept.length;
    counts.removed += read.length - kept.length;
    if (BigInt(batch.lastOffset()) < end - 1n) return;
    this.unread.delete(partitionKey(batch));
    if (this.unread.size === 0) this.done.resolve();
  }
}

const copyOf = ({ key, value, headers = {}, timestamp }: KafkaMessage, partition: number) => ({
  partition,
  key,
  value,
  headers,
  timestamp,
});

/** Some records per request; one that is larger has a request of its own. */
function requestsOf(records: readonly ReceivedRecord[]): ReceivedRecord[][] {
  const requests: ReceivedRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const bytes = bytesOf(record, record.headers);
    if (bytes > room) {
      requests.push([]);
      room = requestBytes;
    }
    requests.at(-1)?.push(record);
    room -= bytes;
  }
  return requests;
}
