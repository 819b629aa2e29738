/**
 * Exactly-once effects per second, from Kafka into Postgres: a transaction per message compared with batches, in one run.
 * The effect is one upsert per message. `npm run bench -- consume [messages] [rounds]`
 */
import {
  type EventType,
  event,
  eventChannel,
  type Handler,
  MessageConsumer,
  messagingSchema,
  Outbox,
  PgSessions,
  Transactions,
} from '@ftgo/messaging';
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { createTopic, startPostgres, testDatabase, testKafka, uniqueName } from '@ftgo/testing';
import { ConstantBackoff, handleAll, retry } from 'cockatiel';
import { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { machine, median, table, thousands } from '../report.js';

const [messages = '60000', rounds = '3'] = process.argv.slice(2);
const total = Number(messages);
const partitions = 6;
const keys = 10_000;

interface PriceChanged {
  readonly item: string;
  readonly cents: number;
}

interface Way {
  readonly name: string;
  readonly maxBatch: number;
  readonly independentPerKey: boolean;
  /** The slow method gets only a share of the messages. */
  readonly share: number;
}

const ways: readonly Way[] = [
  { name: 'a transaction per message', maxBatch: 1, independentPerKey: false, share: 0.25 },
  { name: 'batches of 64', maxBatch: 64, independentPerKey: false, share: 1 },
  { name: 'batches of 64, independent per key', maxBatch: 64, independentPerKey: true, share: 1 },
];

const brokers = (await testKafka()).brokers.split(',');
const postgres = await startPostgres({ isDurable: true });
const topic = uniqueName('prices');
await createTopic(brokers.join(','), topic, partitions);
const channel = eventChannel(topic, { source: '/price-service/prices' });
const PriceChanged: EventType<PriceChanged> = event(channel, {
  typeName: 'bench.v1.PriceChanged',
  dataSchema: 'bench',
  encode: (value) => Buffer.from(JSON.stringify(value)),
  decode: (bytes) => JSON.parse(bytes.toString()) as PriceChanged,
});
/** A broker that has just started does not accept everything yet. */
const patiently = retry(handleAll, { maxAttempts: 50, backoff: new ConstantBackoff(100) });
const broker = kafkaBroker({ brokers, clientId: 'bench' });
const results = new Map<string, number[]>(ways.map(({ name }) => [name, []]));

console.log(`${machine('pg', '@platformatic/kafka')}\nevery effect is one upsert; ${thousands(keys)} keys, ${partitions} partitions\n`);
await fill();
for (let round = 1; round <= Number(rounds); round++) {
  for (const way of ways) {
    const rate = await consume(way);
    results.get(way.name)?.push(rate);
    console.log(`round ${round}: ${way.name.padEnd(36)} ${thousands(rate).padStart(8)} messages/s`);
  }
}
const simple = median(results.get(ways[0]?.name ?? '') ?? []);
const rows = [...results].map(([name, rates]) => [name, thousands(median(rates)), `${(median(rates) / simple).toFixed(1)} ×`]);
console.log(`\n${table(['method', 'messages/s, median', 'ratio'], rows)}`);
await broker.close();
process.exit(0);

async function fill(): Promise<void> {
  const text = (value: string) => Buffer.from(value);
  for (let sent = 0; sent < total; sent += 1_000) {
    const records = Array.from({ length: Math.min(1_000, total - sent) }, (_, i) => {
      const item = `item-${((sent + i) * 7_919) % keys}`;
      const attributes = {
        ce_id: uuidv7(),
        ce_type: PriceChanged.payload.typeName,
        ce_source: `/price-service/prices/${item}`,
        ce_subject: item,
      };
      const headers = Object.entries(attributes).map(([name, value]) => [text(name), text(value)] as const);
      return { topic, key: text(item), value: text(JSON.stringify({ item, cents: sent + i })), headers };
    });
    await patiently.execute(() => broker.publish(records));
  }
}

/** Messages per second from the first effect to the last, each verified to have happened once. */
async function consume(way: Way): Promise<number> {
  const database = await testDatabase({ server: postgres });
  const pool = new Pool({ connectionString: database.url, max: partitions, pipeline: true } as ConstructorParameters<typeof Pool>[0]);
  for (const statement of messagingSchema('ftgo_relay')) await pool.query(statement);
  await pool.query('CREATE TABLE price (item text PRIMARY KEY, cents int NOT NULL, changes int NOT NULL DEFAULT 1)');
  const transactions = new Transactions(new PgSessions(pool));
  const wanted = Math.floor(total * way.share);
  let handled = 0;
  let first = 0;
  const upsert = {
    name: 'upsert',
    text: 'INSERT INTO price (item, cents) VALUES ($1, $2) ON CONFLICT (item) DO UPDATE SET cents = $2, changes = price.changes + 1',
  };
  let done: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    done = resolve;
  });
  const handler: Handler = {
    kind: 'event',
    type: PriceChanged,
    name: 'bench',
    independentPerKey: way.independentPerKey,
    handle: async ({ payload }) => {
      first ||= performance.now();
      const { item, cents } = payload as PriceChanged;
      await transactions.current('bench').query({ ...upsert, values: [item, cents] });
      if (++handled === wanted) done();
    },
  };
  const consumer = new MessageConsumer({
    broker,
    transactions,
    group: uniqueName('bench'),
    handlers: [handler],
    replyChannels: [],
    refusal: { typeName: '', dataSchema: '', encode: () => Buffer.alloc(0), decode: () => ({ code: '', detail: '' }) },
    source: '/bench',
    outbox: new Outbox(transactions),
    maxBatch: way.maxBatch,
    logger: { log: () => undefined, warn: console.warn, error: console.error },
  });
  await consumer.start();
  await finished;
  const seconds = (performance.now() - first) / 1_000;
  await consumer.close();
  await verify(pool, consumer);
  await pool.end();
  await database.drop();
  return wanted / seconds;
}

async function verify(pool: Pool, consumer: MessageConsumer): Promise<void> {
  const { rows } = await pool.query<{ effects: number }>('SELECT sum(changes)::int AS effects FROM price');
  if (rows[0]?.effects !== consumer.counts.handled)
    throw new Error(`${consumer.counts.handled} messages handled, but ${rows[0]?.effects} effects`);
}
