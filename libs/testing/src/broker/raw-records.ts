import { Consumer, Producer } from '@platformatic/kafka';
import { uniqueName } from '../unique-name.js';
import { accessOf, type BrokerAt, type KafkaAddress, kafkaClientOf } from './broker-access.js';
import { readFromPostgres, writeToPostgres } from './postgres-records.js';
import type { RawRecord, RecordToWrite, WrittenRecord } from './raw-record.js';

/** Reads all records currently in the topics, in order within a partition. */
export function readTopics(at: BrokerAt, topics: readonly string[]): Promise<RawRecord[]> {
  const access = accessOf(at);
  return access.kind === 'kafka' ? readFromKafka(access, topics) : readFromPostgres(access.url, topics);
}

/** Writes records unchanged, bypassing every service; returns their places, in the same order. */
export function writeRecords(at: BrokerAt, records: readonly RecordToWrite[]): Promise<WrittenRecord[]> {
  const access = accessOf(at);
  return access.kind === 'kafka' ? writeToKafka(access, records) : writeToPostgres(access.url, records);
}

async function readFromKafka(access: KafkaAddress, topics: readonly string[]): Promise<RawRecord[]> {
  const consumer = new Consumer({
    clientId: 'topics-reader',
    groupId: uniqueName('topics-reader'),
    ...kafkaClientOf(access),
    autocommit: false,
    maxWaitTime: 50,
    retryDelay: 50,
    retries: 100,
  });
  try {
    const ends = await consumer.listOffsets({ topics: [...topics] });
    let missing = [...ends.values()].flat().reduce((sum, end) => sum + Number(end), 0);
    const records: RawRecord[] = [];
    if (missing === 0) return records;
    const stream = await consumer.consume({ topics: [...topics], mode: 'earliest' });
    for await (const { topic, partition, offset, key, value, headerEntries } of stream) {
      // Records that arrive during this call are left for the next one.
      if (offset >= (ends.get(topic)?.[partition] ?? 0n)) continue;
      const headers = new Map(headerEntries.map(([name, content]) => [String(name), String(content)]));
      records.push({ topic, partition, position: offset.toString(), key: key ?? undefined, value: value ?? undefined, headers });
      if (--missing === 0) break;
    }
    return records;
  } finally {
    await consumer.close(true);
  }
}

async function writeToKafka(access: KafkaAddress, records: readonly RecordToWrite[]): Promise<WrittenRecord[]> {
  const producer = new Producer({ clientId: 'record-writer', ...kafkaClientOf(access), retries: 20, retryDelay: 50 });
  try {
    const written: WrittenRecord[] = [];
    for (const { headers = {}, ...record } of records) {
      const message = {
        ...record,
        headers: new Map(Object.entries(headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)])),
      };
      const { offsets } = await producer.send({ messages: [message], acks: -1 });
      const [place] = offsets ?? [];
      if (!place) throw new Error(`Kafka did not return the place of the record in ${record.topic}`);
      written.push({ topic: place.topic, partition: place.partition, position: place.offset.toString() });
    }
    return written;
  } finally {
    await producer.close();
  }
}
