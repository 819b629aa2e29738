import { partitionOf, type RecordBatch, type Subscription } from '@ftgo/messaging/broker';
import { Client } from 'pg';
import { eventually } from '../eventually.js';
import { uniqueName } from '../unique-name.js';
import { openBrokerAt } from './broker-access.js';
import type { RawRecord, RecordToWrite, WrittenRecord } from './raw-record.js';

const largest = 1024 ** 3;

/** Reads topics from the beginning through the broker port. */
export async function follow(url: string, topics: readonly string[], take: (batch: RecordBatch) => void) {
  const broker = openBrokerAt({ kind: 'postgres', url }, 'reader');
  const handler = async (batch: RecordBatch) => take(batch);
  const options = { group: uniqueName('reader'), topics, handler, maxBatch: 1_000, largestRecordBytes: () => largest };
  const subscription: Subscription = await broker.subscribe(options);
  return { subscription, close: () => broker.close() };
}

/** All records currently in the topics. */
export async function readFromPostgres(url: string, topics: readonly string[]): Promise<RawRecord[]> {
  const records: RawRecord[] = [];
  const { subscription, close } = await follow(url, topics, (batch) => records.push(...batch.records.map(asRaw)));
  try {
    await eventually(() => {
      if (!subscription.caughtUp()) throw new Error(`timed out before the end of ${topics.join(', ')}`);
    });
    return records;
  } finally {
    await close();
  }
}

const asRaw = ({ topic, partition, position, key, value, headers }: RecordBatch['records'][number]): RawRecord => {
  const texts = [...headers].map(([name, content]) => [name, String(content)] as const);
  return { topic, partition, position, key, value, headers: new Map(texts) };
};

/** Writes records without the adapter, each to a given place. Undefined fields become empty. */
export async function writeToPostgres(url: string, records: readonly RecordToWrite[]): Promise<WrittenRecord[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const written: WrittenRecord[] = [];
    for (const record of records) written.push(await write(client, record));
    return written;
  } finally {
    await client.end();
  }
}

async function write(
  client: Client,
  { topic, partition, key = empty, value = empty, headers = {} }: RecordToWrite,
): Promise<WrittenRecord> {
  const { rows: topics } = await client.query<{ id: number; partitions: number }>(
    'SELECT id, partitions FROM broker.topic WHERE name = $1',
    [topic],
  );
  const [known] = topics;
  if (!known) throw new Error(`topic ${topic} does not exist`);
  const place = partition ?? partitionOf(known.partitions, key, 0, key.length);
  const packed = Buffer.concat(Object.entries(headers).flatMap(([name, text]) => [withLength(name), withLength(text)]));
  const body = Buffer.concat([key, value, packed]);
  await client.query('BEGIN');
  const { rows } = await client.query<{ position: string }>(
    'SELECT next_offset AS position FROM broker.partition WHERE topic_id = $1 AND partition = $2 FOR UPDATE',
    [known.id, place],
  );
  const one = [[known.id], [place], [1], [1], [0], [0], [body.length], [key.length], [value.length], [packed.length], body];
  await client.query('SELECT broker.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)', one);
  await client.query('COMMIT');
  return { topic, partition: place, position: String(rows[0]?.position) };
}

const empty = Buffer.alloc(0);

function withLength(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
