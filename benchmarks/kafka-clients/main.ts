/**
 * The two Kafka clients behind the broker port, one after the other in each round: records with the size and the headers of
 * our messages are published as a stream, consumed from the start, and sent one by one.
 * `npm run bench -- kafka-clients [records] [rounds]`
 */
import { type Broker, RecordView } from '@ftgo/messaging/broker';
import { openKafka } from '@ftgo/messaging-kafka/open';
import { testKafka, uniqueName } from '@ftgo/testing';
import { machine, median, percentile, table, thousands } from '../report.js';

const [records = '100000', rounds = '5'] = process.argv.slice(2);
const total = Number(records);
const clients = ['native', 'kafkajs'] as const;
const partitions = 6;
/** Limit for the bytes that wait for Kafka, as in the relay. */
const windowBytes = 2 * 1024 * 1024;
const oneByOne = 400;
const everyMs = 5;

interface Figures {
  readonly published: number;
  readonly consumed: number;
  readonly publishCpu: number;
  readonly consumeCpu: number;
  readonly p50: number;
  readonly p99: number;
}

const brokers = (await testKafka()).brokers.split(',');
const results = new Map(clients.map((client) => [client, [] as Figures[]]));
console.log(`${machine('@platformatic/kafka', 'kafkajs')}\n${thousands(total)} records with 14 headers, ${partitions} partitions\n`);
for (let round = 1; round <= Number(rounds); round++) {
  for (const client of clients) {
    const figures = await measure(client);
    results.get(client)?.push(figures);
    console.log(
      `round ${round}: ${client.padEnd(8)} ${Object.values(figures)
        .map((figure) => figure.toFixed(1))
        .join('  ')}`,
    );
  }
}
const of = (client: (typeof clients)[number], figure: keyof Figures) => median((results.get(client) ?? []).map((each) => each[figure]));
const row = (name: string, figure: keyof Figures, shown: (value: number) => string) => [
  name,
  ...clients.map((client) => shown(of(client, figure))),
];
const rows = [
  row('published, records/s', 'published', thousands),
  row('consumed, records/s', 'consumed', thousands),
  row('CPU to publish, µs per record', 'publishCpu', (value) => value.toFixed(1)),
  row('CPU to consume, µs per record', 'consumeCpu', (value) => value.toFixed(1)),
  row('published → handled at 200/s, p50, ms', 'p50', (value) => value.toFixed(1)),
  row('… p99, ms', 'p99', (value) => value.toFixed(1)),
];
console.log(`\n${table(['median', ...clients], rows)}`);
process.exit(0);

async function measure(client: (typeof clients)[number]): Promise<Figures> {
  const broker = await openKafka({ client, brokers, clientId: `bench-${client}`, warn: () => undefined });
  const topic = uniqueName('bench');
  await broker.ensureTopics([{ topic, partitions }]);
  const publishing = await timed(() => publish(broker, topic));
  const consuming = await timed(() => consume(broker, topic));
  const waits = await delays(broker);
  await broker.close();
  return {
    published: total / publishing.seconds,
    consumed: total / consuming.seconds,
    publishCpu: publishing.cpuMicros / total,
    consumeCpu: consuming.cpuMicros / total,
    p50: percentile(waits, 0.5),
    p99: percentile(waits, 0.99),
  };
}

async function timed(work: () => Promise<void>) {
  const [at, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  return { seconds: (performance.now() - at) / 1000, cpuMicros: user + system };
}

async function publish(broker: Broker, topic: string): Promise<void> {
  const done = Promise.withResolvers<void>();
  const pipeline = await broker.pipeline({
    acknowledged: (upTo) => upTo === total && done.resolve(),
    failed: (error) => done.reject(error),
  });
  const view = new RecordView();
  for (let n = 1; n <= total; n++) {
    pipeline.push(view.set(recordOf(topic, n)), n);
    if (n % 64 === 0) pipeline.flush();
    while (pipeline.pendingBytes > windowBytes) await new Promise((resolve) => setImmediate(resolve));
  }
  pipeline.flush();
  await done.promise;
  pipeline.close();
}

async function consume(broker: Broker, topic: string): Promise<void> {
  let handled = 0;
  const done = Promise.withResolvers<void>();
  const subscription = await broker.subscribe({
    group: uniqueName('bench'),
    topics: [topic],
    handler: async (batch) => {
      handled += batch.records.length;
      if (handled >= total) done.resolve();
    },
  });
  await done.promise;
  await subscription.close();
}

/** Latency from publishing to the handler, in ms, for records sent at a steady rate. */
async function delays(broker: Broker): Promise<number[]> {
  const topic = uniqueName('bench');
  await broker.ensureTopics([{ topic, partitions }]);
  const waits: number[] = [];
  const sentAt: number[] = [];
  const subscription = await broker.subscribe({
    group: uniqueName('bench'),
    topics: [topic],
    handler: async (batch) => {
      for (const { key } of batch.records) waits.push(performance.now() - (sentAt[Number(key)] as number));
    },
  });
  while (!subscription.caughtUp()) await pause(10);
  // A consumer that has just joined may be slow at first.
  await pause(500);
  for (let n = 0; n < oneByOne; n++) {
    sentAt[n] = performance.now();
    await broker.publish([{ ...recordOf(topic, n), key: Buffer.from(String(n)) }]);
    await pause(everyMs);
  }
  while (waits.length < oneByOne) await pause(10);
  await subscription.close();
  return waits;
}

function recordOf(topic: string, n: number) {
  const headers = Array.from({ length: 14 }, (_, i) => [Buffer.from(`ce_header${i}`), Buffer.from(`value-${n}-${i}`)] as const);
  return { topic, key: Buffer.from(`key-${n % 1_000}`), value: Buffer.alloc(300, 46), headers };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
