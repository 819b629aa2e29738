import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ReceivedRecord, SubscribeOptions } from '@ftgo/messaging/broker';
import { becauseNoKafka, eventually, noKafka, testKafka, uniqueName } from '@ftgo/testing';
import { Producer } from '@platformatic/kafka';
import { afterEach, describe, expect, it } from 'vitest';
import { type KafkaBroker, kafkaBroker } from '../src/index.js';
import { type Compression, writeExpanding } from './expanding-batch.js';

const mib = 1024 * 1024;
const run = promisify(execFile);

describe.skipIf(noKafka)(`a consumer of Kafka, for records above its limit${becauseNoKafka}`, () => {
  const open: KafkaBroker[] = [];
  afterEach(() => Promise.all(open.splice(0).map((broker) => broker.close())));

  const consume = async (options: Partial<SubscribeOptions> = {}) => {
    const { brokers } = await testKafka();
    const topic = uniqueName('topic');
    const broker = kafkaBroker({ brokers: brokers.split(','), clientId: uniqueName('client'), drainTimeoutMs: 500 });
    open.push(broker);
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    const records: ReceivedRecord[] = [];
    const subscription = await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async (batch) => void records.push(...batch.records),
      ...options,
    });
    const publish = (value: string) => broker.publish([{ topic, key: Buffer.from('a'), value: Buffer.from(value), headers: [] }]);
    return { brokers, topic, records, subscription, publish };
  };

  it.each<[Compression, number]>([
    ['gzip', 250],
    ['zstd', 250],
    ['lz4', 200],
    ['snappy', 16],
  ])('leaves a batch in %s that expands to %i MiB in the log, and continues', async (compression, size) => {
    const { brokers, topic, records, subscription, publish } = await consume();
    await publish('before');
    await writeExpanding({ brokers, topic, compression, valueBytes: size * mib });
    await publish('after');
    await eventually(() => expect(records).toHaveLength(3));
    expect(records.map(({ position, value }) => [position, value?.toString()])).toEqual([
      ['0', 'before'],
      ['1', undefined],
      ['2', 'after'],
    ]);
    expect(records[1]?.leftInLog?.reason).toBe('1 record from offset 1 to 1 expands to more than 4194304 bytes');
    await eventually(() => expect(subscription.caughtUp()).toBe(true));
  });

  it('stays small meanwhile, in a process with little memory', async () => {
    const { brokers } = await testKafka();
    const hooks = new URL('../../../tools/swc-hooks.mjs', import.meta.url).href;
    const script = new URL('./expanding-consumer.ts', import.meta.url).pathname;
    const args = ['--max-old-space-size=128', '--import', hooks, '--conditions=@ftgo/source', script, brokers];
    const { stdout } = await run(process.execPath, args);
    const { handled, leftInLog, grownMiB } = JSON.parse(stdout) as { handled: number; leftInLog: number; grownMiB: number };
    expect({ handled, leftInLog }).toEqual({ handled: 2, leftInLog: 6 });
    expect(grownMiB).toBeLessThan(100);
  });

  it('represents a batch that only exceeds the limit as a whole by one record', async () => {
    const { brokers, topic, records, publish } = await consume();
    const producer = new Producer({ clientId: 'other', bootstrapBrokers: brokers.split(','), retries: 50, retryDelay: 20 });
    const messages = Array.from({ length: 6_000 }, () => ({ topic, key: Buffer.from('a'), value: Buffer.alloc(1_000) }));
    await producer.send({ messages, compression: 'gzip', acks: -1 });
    await producer.close();
    await publish('after');
    await eventually(() => expect(records).toHaveLength(2));
    expect(records.map(({ position }) => position)).toEqual(['5999', '6000']);
    expect(records[0]?.leftInLog?.reason).toContain('6000 records from offset 0 to 5999');
  });

  it('keeps the key and the headers of a record whose value is too large', async () => {
    const { brokers, topic, records, publish } = await consume({ largestRecordBytes: () => 1_000 });
    const producer = new Producer({ clientId: 'other', bootstrapBrokers: brokers.split(','), retries: 50, retryDelay: 20 });
    const large = {
      topic,
      key: Buffer.from('a'),
      value: Buffer.alloc(5_000),
      headers: new Map([[Buffer.from('ce_id'), Buffer.from('1')]]),
    };
    await producer.send({ messages: [large, { ...large, value: Buffer.alloc(10) }], acks: -1 });
    await producer.close();
    await publish('after');
    await eventually(() => expect(records).toHaveLength(3));
    expect(records.map(({ value }) => value?.length)).toEqual([undefined, 10, 5]);
    expect(records[0]).toMatchObject({ key: Buffer.from('a'), headers: new Map([['ce_id', Buffer.from('1')]]) });
    expect(records[0]?.leftInLog).toMatchObject({ reason: expect.stringMatching(/^the record has 50\d\d bytes; the limit is 1000$/) });
  });

  it('reads no more headers than any message has', async () => {
    const { brokers, topic, records, publish } = await consume();
    const producer = new Producer({ clientId: 'other', bootstrapBrokers: brokers.split(','), retries: 50, retryDelay: 20 });
    const headersOf = (count: number) =>
      new Map(Array.from({ length: count }, (_, i) => [Buffer.from(`h${i}`), Buffer.from('1')] as const));
    const messageOf = (count: number) => ({ topic, key: Buffer.from('a'), value: Buffer.from('x'), headers: headersOf(count) });
    await producer.send({ messages: [messageOf(1_000), messageOf(100_000)], acks: -1 });
    await producer.close();
    await publish('after');
    await eventually(() => expect(records).toHaveLength(3));
    expect(records.map(({ headers }) => headers.size)).toEqual([1_000, 0, 0]);
    expect(records[1]?.leftInLog?.reason).toContain('the record has 100000 headers');
  });
});
