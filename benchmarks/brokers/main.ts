/**
 * From a pipeline to a handler through each broker, in alternation: the maximum rate, and the latency at a steady rate.
 * PostgreSQL waits for the disk. `npm run bench -- brokers [messages] [rounds]`
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Broker, type OutgoingRecord, RecordView } from '@ftgo/messaging/broker';
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { postgresBroker } from '@ftgo/messaging-postgres';
import { startPostgres, testDatabase, testKafka, uniqueName } from '@ftgo/testing';
import { machine, median, percentile, table, thousands } from '../report.js';

const [messages = 100_000, rounds = 3] = process.argv.slice(2).map(Number);
const partitions = 6;
const keys = 997;
const perSecond = 1_000;
const secondsSteady = 8;
const mostPendingBytes = 4 * 1024 * 1024;
const headers = Array.from({ length: 10 }, (_, i) => [Buffer.from(`ce_header${i}`), Buffer.from(`value ${i}`.padEnd(30, '.'))] as const);
const payload = Buffer.alloc(280, 46);

/** Separate clients for the two sides. */
interface Way {
  readonly name: string;
  readonly client: () => Broker;
}

const { brokers } = await testKafka();
const database = await testDatabase({ server: await startPostgres({ isDurable: true }) });
const ways: readonly Way[] = [
  { name: 'PostgreSQL', client: () => postgresBroker({ url: database.url, clientId: uniqueName('bench') }) },
  { name: 'Kafka', client: () => kafkaBroker({ brokers: brokers.split(','), clientId: uniqueName('bench') }) },
];

console.log(`${machine('pg', '@platformatic/kafka')}\n${messages} messages of about 600 bytes, ${rounds} rounds\n`);
const results = new Map(ways.map(({ name }) => [name, { fast: [] as number[], p50: [] as number[], p99: [] as number[] }]));
for (let round = 1; round <= rounds; round++) {
  for (const way of ways) {
    const { seconds } = await carry(way, messages, Number.POSITIVE_INFINITY);
    const { latencies } = await carry(way, perSecond * secondsSteady, perSecond);
    const measured = { perSecond: messages / seconds, p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) };
    console.log(`round ${round}, ${way.name}: ${JSON.stringify(measured)}`);
    const of = results.get(way.name);
    of?.fast.push(measured.perSecond);
    of?.p50.push(measured.p50);
    of?.p99.push(measured.p99);
  }
}
const rows = [...results].map(([name, { fast, p50, p99 }]) => [
  name,
  thousands(median(fast)),
  `${thousands(Math.min(...fast))}–${thousands(Math.max(...fast))}`,
  median(p50).toFixed(1),
  median(p99).toFixed(1),
]);
console.log(`\n${table(['broker', 'messages/s', 'from – to', `p50 at ${perSecond}/s, ms`, 'p99, ms'], rows)}`);
process.exit(0);

/** Sends this many messages at a rate; resolves when the last one was handled. */
async function carry(way: Way, count: number, rate: number): Promise<{ seconds: number; latencies: number[] }> {
  const [sender, receiver] = [way.client(), way.client()];
  const topic = uniqueName('bench');
  await sender.ensureTopics([{ topic, partitions }]);
  const latencies: number[] = [];
  const received = Promise.withResolvers<void>();
  const subscription = await receiver.subscribe({
    group: uniqueName('group'),
    topics: [topic],
    handler: ({ records }) => {
      for (const { value } of records) latencies.push(performance.now() - Number(String(value).split(';')[0]));
      if (latencies.length >= count) received.resolve();
      return Promise.resolve();
    },
  });
  while (subscription.assigned.length < partitions || !subscription.caughtUp()) await sleep(10);
  const startedAt = performance.now();
  await send(sender, topic, count, rate);
  await received.promise;
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all([sender.close(), receiver.close()]);
  return { seconds, latencies };
}

async function send(broker: Broker, topic: string, count: number, rate: number): Promise<void> {
  const pipeline = await broker.pipeline({ acknowledged: () => undefined, failed: fail });
  const view = new RecordView();
  const startedAt = performance.now();
  for (let n = 1; n <= count; n++) {
    while (performance.now() < startedAt + (n / rate) * 1000 || pipeline.pendingBytes > mostPendingBytes) {
      pipeline.flush();
      await sleep(1);
    }
    pipeline.push(view.set(messageOf(topic, n)), n);
    if (n % 100 === 0) {
      pipeline.flush();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  pipeline.flush();
  while (pipeline.pendingBytes > 0) await sleep(1);
  pipeline.close();
}

function messageOf(topic: string, n: number): OutgoingRecord {
  return {
    topic,
    key: Buffer.from(`key-${n % keys}`),
    value: Buffer.concat([Buffer.from(`${performance.now()};`), payload]),
    headers,
  };
}

function fail(error: Error): never {
  throw error;
}
