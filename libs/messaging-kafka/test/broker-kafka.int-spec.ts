import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type Broker, BrokerUnavailable, diagnostics, type OutgoingRecord, type ReceivedRecord } from '@ftgo/messaging/broker';
import { brokerConformance, type MovableBroker } from '@ftgo/messaging/testing';
import { becauseNoKafka, createTopic, eventually, faultProxy, noKafka, startKafka, testKafka, uniqueName } from '@ftgo/testing';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Client, clients, deleteTopic, everyClient } from './clients.js';

describe.skipIf(noKafka)(`Kafka, by each client${becauseNoKafka}`, () => {
  brokerConformance('Kafka', async () => {
    const { brokers } = await testKafka();
    const admin = new Admin({ clientId: uniqueName('admin'), bootstrapBrokers: brokers.split(',') });
    return {
      client: () => clients.native({ brokers: brokers.split(','), clientId: uniqueName('client'), drainTimeoutMs: 200 }),
      deleteTopic: (topic) => deleteTopic(admin, topic),
      movable: () => movable('native'),
      end: () => admin.close(),
    };
  });

  brokerConformance('Kafka through kafkajs', async () => {
    const { brokers } = await testKafka();
    return {
      client: () => clients.kafkajs({ brokers: brokers.split(','), clientId: uniqueName('client'), drainTimeoutMs: 200 }),
      movable: () => movable('kafkajs'),
    };
  });
});

/** A private broker; clients connect to a bootstrap address that always leads to its current one. */
async function movable(client: Client): Promise<MovableBroker> {
  const kafka = await startKafka();
  const bootstrap = await faultProxy({ to: kafka.brokers });
  return {
    client: () => clients[client]({ brokers: [bootstrap.address], clientId: uniqueName('client'), drainTimeoutMs: 500 }),
    move: async () => {
      await kafka.kill();
      bootstrap.leadTo((await kafka.startElsewhere()).brokers);
    },
    end: async () => {
      bootstrap.close();
      await kafka.kill();
    },
  };
}

/** Compressions that need no external codec. */
const compressions = { native: ['none', 'gzip', 'snappy', 'lz4', 'zstd'], kafkajs: ['none', 'gzip', 'zstd'] } as const;

const record = (topic: string, key: string, value: string | Buffer): OutgoingRecord => ({
  topic,
  key: Buffer.from(key),
  value: Buffer.from(value),
  headers: [],
});

describe.skipIf(noKafka).each(everyClient)(`Kafka by the %s client${becauseNoKafka}`, (name) => {
  const open: Broker[] = [];
  const children: ChildProcess[] = [];
  const connect = async (brokers?: string) => {
    const address = brokers ?? (await testKafka()).brokers;
    const broker = clients[name]({ brokers: address.split(','), clientId: uniqueName('client'), drainTimeoutMs: 500 });
    open.push(broker);
    return broker;
  };
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(open.splice(0).map((broker) => broker.close()));
  });

  it('is found again after it was killed and restarted, and nothing is lost or reordered', async () => {
    const kafka = await startKafka();
    const broker = await connect(kafka.brokers);
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 3 }]);
    const got: number[] = [];
    const subscription = await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => void got.push(...records.map(({ value }) => Number(value))),
    });
    let sent = 0;
    const send = () => broker.publish([record(topic, `key-${sent % 7}`, String(sent))]).then(() => sent++);
    while (sent < 100) await send();
    await eventually(() => expect(got).toHaveLength(100));
    for (let round = 0; round < 2; round++) {
      await kafka.kill();
      await expect(send()).rejects.toBeInstanceOf(BrokerUnavailable);
      await eventually(() => expect(subscription.connected).toBe(false));
      expect(subscription.caughtUp()).toBe(false);
      await kafka.start();
      await eventually(send, { timeoutMs: 60_000 });
      const target = sent + 50;
      while (sent < target) await send();
      await eventually(() => expect(new Set(got).size).toBe(sent), { timeoutMs: 60_000 });
      await eventually(() => expect(subscription.connected && subscription.caughtUp()).toBe(true));
    }
    // What was in doubt at a kill, sent or handled, is redelivered: first deliveries keep their order.
    for (const key of [0, 1, 2, 3, 4, 5, 6]) {
      const ofKey = [...new Set(got)].filter((n) => n % 7 === key);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
  });

  it('is read again after an outage, even if a check comes early', async () => {
    const kafka = await startKafka();
    const broker = await connect(kafka.brokers);
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    const got: string[] = [];
    const subscription = await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => void got.push(...records.map(({ value }) => String(value))),
    });
    await broker.publish([record(topic, 'a', '1')]);
    await eventually(() => expect(got).toEqual(['1']));
    // A timer may fire before the clock shows its time; here the clock stands still, so that every timer does.
    const clocks = [vi.spyOn(performance, 'now').mockReturnValue(performance.now()), vi.spyOn(Date, 'now').mockReturnValue(Date.now())];
    try {
      await kafka.kill();
      await eventually(() => expect(subscription.connected).toBe(false));
      await kafka.start();
    } finally {
      for (const clock of clocks) clock.mockRestore();
    }
    await eventually(() => broker.publish([record(topic, 'a', '2')]), { timeoutMs: 60_000 });
    await eventually(() => expect(new Set(got)).toEqual(new Set(['1', '2'])), { timeoutMs: 60_000 });
  });

  it('gives the partitions of a killed process to another one, from its committed offsets', async () => {
    const { brokers } = await testKafka();
    const broker = await connect();
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    await broker.ensureTopics([{ topic, partitions: 2 }]);
    await broker.publish(Array.from({ length: 50 }, (_, i) => record(topic, `key-${i}`, String(i))));
    const child = startConsumer(name, brokers, topic, group);
    const byChild: number[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => byChild.push(Number(line)));
    // It handles 25 records of each batch of one, then hangs: its batch in progress is never committed.
    await eventually(() => expect(byChild).toContain(-1));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const byUs: number[] = [];
    await broker.subscribe({
      group,
      topics: [topic],
      handler: async ({ records }) => void byUs.push(...records.map(({ value }) => Number(value))),
    });
    await eventually(() => expect(new Set([...byChild, ...byUs]).size).toBe(51), { timeoutMs: 60_000 });
    expect(byUs.length).toBeGreaterThan(0);
    expect(byUs.length).toBeLessThan(50);
  });

  it('is read no further ahead than memory allows while a handler is slow', async () => {
    const broker = await connect();
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 6 }]);
    const value = Buffer.alloc(20_000, 46);
    const waitingMiB = 96;
    for (let mib = 0; mib < waitingMiB; mib++)
      await broker.publish(Array.from({ length: 52 }, (_, i) => record(topic, `key-${mib * 52 + i}`, value)));
    const gate = Promise.withResolvers<void>();
    const before = arrayBuffersMiB();
    let handled = 0;
    const held = new Set<number>();
    await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records, partition }) => {
        held.add(partition);
        await gate.promise;
        handled += records.length;
      },
    });
    await eventually(() => expect(held.size).toBe(6));
    // Another group, whose handler does not wait, reads everything in this time; a fetch without a limit would have too.
    let read = 0;
    const other = await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => void (read += records.length),
    });
    await eventually(() => expect(read).toBe(waitingMiB * 52));
    await other.close();
    // What the other group has read is freed soon, not at once.
    await eventually(() => expect(arrayBuffersMiB() - before).toBeLessThan(24));
    gate.resolve();
    await eventually(() => expect(handled).toBe(waitingMiB * 52), { timeoutMs: 30_000 });
  });

  it('reads what other producers write: compressed batches, headers and keys without a value', async () => {
    const { brokers } = await testKafka();
    const broker = await connect();
    const topic = uniqueName('topic');
    await createTopic(brokers, topic);
    const got: ReceivedRecord[] = [];
    const subscription = await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => void got.push(...records),
    });
    const producer = new Producer({
      clientId: 'other',
      bootstrapBrokers: brokers.split(','),
      serializers: stringSerializers,
      retryDelay: 20,
      retries: 50,
    });
    for (const compression of compressions[name]) {
      const messages = ['a', 'b', 'c'].map((value) => ({ topic, value: `${compression}-${value}`, headers: { kept: value } }));
      await producer.send({ messages, compression, acks: -1 });
    }
    await producer.close();
    await eventually(() => expect(got).toHaveLength(3 * compressions[name].length));
    expect(got.map(({ value }) => String(value))).toEqual(
      compressions[name].flatMap((compression) => ['a', 'b', 'c'].map((value) => `${compression}-${value}`)),
    );
    expect(got.map(({ headers }) => String(headers.get('kept')))).toEqual(compressions[name].map(() => ['a', 'b', 'c']).flat());
    expect(got[0]?.key).toBeUndefined();
    await eventually(() => expect(subscription.caughtUp()).toBe(true));
  });

  it('continues with the first remaining record if the requested one has been deleted', async () => {
    const { brokers } = await testKafka();
    const broker = await connect();
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    await broker.publish(['1', '2', '3', '4'].map((value) => record(topic, 'a', value)));
    const admin = new Admin({ clientId: 'other', bootstrapBrokers: brokers.split(',') });
    await admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset: 3n }] }] });
    await admin.close();
    const got: string[] = [];
    const subscription = await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => void got.push(...records.map(({ value }) => String(value))),
    });
    await broker.publish([record(topic, 'a', '5')]);
    await eventually(() => expect(got).toEqual(['4', '5']));
    await eventually(() => expect(subscription.caughtUp()).toBe(true));
  });

  it('announces each committed offset', async () => {
    const broker = await connect();
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    const announced: unknown[] = [];
    const listen = (offset: unknown) => (offset as { group: string }).group === group && announced.push(offset);
    diagnostics.offsetCommitted.subscribe(listen);
    await broker.subscribe({ group, topics: [topic], handler: async () => undefined });
    await broker.publish([record(topic, 'a', '1'), record(topic, 'a', '2')]);
    await eventually(() => expect(announced.at(-1)).toEqual({ group, topic, partition: 0, offset: 2n }));
    diagnostics.offsetCommitted.unsubscribe(listen);
  });

  it('may be down at startup', async () => {
    const broker = clients[name]({ brokers: ['127.0.0.1:1'], clientId: 'early' });
    open.push(broker);
    const subscription = await broker.subscribe({ group: 'early', topics: ['any'], handler: async () => undefined });
    await expect(broker.publish([record('any', 'a', '1')])).rejects.toBeInstanceOf(BrokerUnavailable);
    await expect(broker.missingTopics(['any'])).rejects.toBeInstanceOf(BrokerUnavailable);
    await expect(broker.pipeline({ acknowledged: () => undefined, failed: () => undefined })).rejects.toBeInstanceOf(BrokerUnavailable);
    expect(subscription.connected).toBe(false);
    await broker.close();
  });

  function startConsumer(client: Client, brokers: string, topic: string, group: string): ChildProcess {
    const hooks = new URL('../../../tools/swc-hooks.mjs', import.meta.url).href;
    const script = new URL('./broker-consumer.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--import', hooks, '--conditions=@ftgo/source', script, client, brokers, topic, group], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    return child;
  }
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function arrayBuffersMiB(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers / 1024 / 1024;
}
