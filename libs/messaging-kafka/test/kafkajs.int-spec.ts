import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { Broker } from '@ftgo/messaging/broker';
import { becauseNoKafka, eventually, noKafka, testKafka, uniqueName } from '@ftgo/testing';
import { Admin, Producer } from '@platformatic/kafka';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openKafka } from '../src/open.js';
import { type Client, clients, deleteTopic, everyClient } from './clients.js';

const { prototype: requestQueue } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue/index.js') as {
  readonly prototype: { fulfillRequest(answer: unknown): void };
};

const open: Broker[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((broker) => broker.close()));
});

const connect = async (client: Client, onProblem?: (what: string, error: Error) => void): Promise<Broker> => {
  const { brokers } = await testKafka();
  const broker = clients[client]({ brokers: brokers.split(','), clientId: uniqueName('client'), drainTimeoutMs: 500, onProblem });
  open.push(broker);
  return broker;
};
const record = (topic: string, n: number) => ({ topic, key: Buffer.from(`key-${n}`), value: Buffer.from(String(n)), headers: [] });
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

describe.skipIf(noKafka)(`kafkajs${becauseNoKafka}`, () => {
  it('does not wake up every millisecond while a connection is idle', async () => {
    const topic = uniqueName('topic');
    const broker = await connect('kafkajs');
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    const subscription = await broker.subscribe({ group: uniqueName('group'), topics: [topic], handler: async () => undefined });
    await broker.publish([record(topic, 1)]);
    await eventually(() => expect(subscription.caughtUp()).toBe(true));
    const answers = vi.spyOn(requestQueue, 'fulfillRequest');
    const timers = vi.spyOn(globalThis, 'setTimeout');
    // Each is the response to a fetch that found nothing for 100 ms.
    await eventually(() => expect(answers.mock.calls.length).toBeGreaterThan(4));
    expect(timers.mock.calls.filter(([, ms]) => Number(ms) < 0)).toEqual([]);
    expect(timers.mock.calls.length).toBeLessThan(5 * answers.mock.calls.length);
  });

  it('assigns a key to the same partition as the native client', async () => {
    const topic = uniqueName('topic');
    const [native, kafkajs] = [await connect('native'), await connect('kafkajs')];
    await native.ensureTopics([{ topic, partitions: 6 }]);
    const partitions = new Map<string, Set<number>>();
    await native.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records, partition }) => {
        for (const { key } of records) partitions.set(String(key), (partitions.get(String(key)) ?? new Set()).add(partition));
      },
    });
    await native.publish(range(0, 50).map((n) => record(topic, n)));
    await kafkajs.publish(range(0, 50).map((n) => record(topic, n)));
    await kafkajs.publish([record(topic, 50)]);
    await eventually(() => expect(partitions.size).toBe(51));
    expect(Math.max(...[...partitions.values()].map(({ size }) => size))).toBe(1);
  });

  it.each([
    ['native', 'kafkajs'],
    ['kafkajs', 'native'],
  ] as const)('shares a group with the native client, so that instances can be replaced one by one: %s, then %s', async (one, other) => {
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    const [first, second] = [await connect(one), await connect(other)];
    await first.ensureTopics([{ topic, partitions: 4 }]);
    const got = new Set<number>();
    const handler = async ({ records }: { records: readonly { value: Buffer | undefined }[] }) =>
      records.forEach(({ value }) => got.add(Number(value)));
    const before = await first.subscribe({ group, topics: [topic], handler });
    await eventually(() => expect(before.assigned).toHaveLength(4));
    const after = await second.subscribe({ group, topics: [topic], handler });
    await eventually(() => expect([before.assigned.length, after.assigned.length]).toEqual([2, 2]));
    await first.publish(range(0, 40).map((n) => record(topic, n)));
    await eventually(() => expect(got.size).toBe(40));
    await before.close();
    await eventually(() => expect(after.assigned).toHaveLength(4));
    await second.publish(range(40, 80).map((n) => record(topic, n)));
    await eventually(() => expect(got.size).toBe(80));
  });

  it('reads a recreated topic from its first record, as long as it is shorter than what was handled', async () => {
    const { brokers } = await testKafka();
    const topic = uniqueName('topic');
    const onProblem = vi.fn<(what: string, error: Error) => void>();
    const [producer, consumer] = [await connect('native'), await connect('kafkajs', onProblem)];
    await producer.ensureTopics([{ topic, partitions: 1 }]);
    const got: number[] = [];
    await consumer.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => void got.push(...records.map(({ value }) => Number(value))),
    });
    await producer.publish(range(0, 20).map((n) => record(topic, n)));
    await eventually(() => expect(got).toEqual(range(0, 20)));
    const admin = new Admin({ clientId: 'operator', bootstrapBrokers: brokers.split(','), retries: 50, retryDelay: 20 });
    await deleteTopic(admin, topic);
    await admin.close();
    await eventually(() => producer.ensureTopics([{ topic, partitions: 1 }]), { intervalMs: 20 });
    await eventually(() => producer.publish(range(20, 25).map((n) => record(topic, n))), { intervalMs: 20 });
    await eventually(() => expect([...new Set(got)]).toEqual(range(0, 25)));
  });

  it.each(['snappy', 'lz4'] as const)('reports that it cannot read %s, and skips nothing', async (compression) => {
    const { brokers } = await testKafka();
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    const onProblem = vi.fn<(what: string, error: Error) => void>();
    const kafkajs = await connect('kafkajs', onProblem);
    await kafkajs.ensureTopics([{ topic, partitions: 1 }]);
    const other = new Producer({ clientId: 'other', bootstrapBrokers: brokers.split(','), retries: 50, retryDelay: 20 });
    await other.send({ messages: [{ topic, value: Buffer.from('1') }], compression, acks: -1 });
    await other.close();
    await kafkajs.publish([record(topic, 2)]);
    const got: string[] = [];
    const handler = async ({ records }: { records: readonly { value: Buffer | undefined }[] }) =>
      void got.push(...records.map(({ value }) => String(value)));
    await kafkajs.subscribe({ group, topics: [topic], handler });
    await eventually(() => expect(String(onProblem.mock.calls)).toMatch(new RegExp(`restarting the member.*${compression}`, 'i')));
    expect(got).toEqual([]);
    await kafkajs.close();
    await (await connect('native')).subscribe({ group, topics: [topic], handler });
    await eventually(() => expect(got).toEqual(['1', '2']));
  });

  it.each(everyClient)('is chosen by name, and only the chosen client is loaded: %s', async (client) => {
    const own = client === 'native' ? '@ftgo/messaging-kafka' : '@ftgo/messaging-kafka/kafkajs';
    const chosen = `(await import('@ftgo/messaging-kafka/open')).openKafka({ client: '${client}', brokers: [], clientId: 'c', warn() {} })`;
    const expected = [client === 'native' ? '@platformatic/kafka' : 'kafkajs'];
    expect(await clientsLoadedBy(`import('${own}')`)).toEqual(expected);
    expect(await clientsLoadedBy(chosen)).toEqual(expected);
  });

  it('warns of what it lacks when it is chosen', async () => {
    const warn = vi.fn<(message: string) => void>();
    const native = await openKafka({ brokers: ['127.0.0.1:1'], clientId: 'c', warn });
    expect(warn).not.toHaveBeenCalled();
    const kafkajs = await openKafka({ client: 'kafkajs', brokers: ['127.0.0.1:1'], clientId: 'c', warn });
    open.push(native, kafkajs);
    expect(warn.mock.calls.map(([message]) => message)).toEqual([expect.stringMatching(/kafkajs, which lacks: topic ids.*leader epochs/)]);
    const claims = ({ survivesRecreation, boundedDecompression }: Broker['features']) => [survivesRecreation, boundedDecompression];
    expect([native, kafkajs].map(({ features }) => claims(features))).toEqual([
      [true, true],
      [false, false],
    ]);
  });
});

async function clientsLoadedBy(expression: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = new Set();
    const client = /node_modules\\/(kafkajs|@platformatic\\/kafka)\\//;
    registerHooks({ load(url, context, next) { loaded.add(client.exec(url)?.[1]); return next(url, context); } });
    await ${expression};
    console.log(JSON.stringify([...loaded].filter(Boolean)));`;
  const hooks = new URL('../../../tools/swc-hooks.mjs', import.meta.url).href;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', hooks, '--conditions=@ftgo/source', '--input-type=module', '-e', script],
    { cwd: new URL('..', import.meta.url).pathname },
  );
  return JSON.parse(stdout) as string[];
}
