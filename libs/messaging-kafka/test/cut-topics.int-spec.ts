import type { Broker, ReceivedRecord } from '@ftgo/messaging/broker';
import { becauseNoKafka, eventually, noKafka, testKafka, uniqueName } from '@ftgo/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { kafkaBroker } from '../src/index.js';
import { type CutOptions, cutTopics } from '../src/restore/index.js';

const open: Broker[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((broker) => broker.close()));
});

describe.skipIf(noKafka)(`topics from which records are removed${becauseNoKafka}`, () => {
  const addresses = async () => (await testKafka()).brokers.split(',');
  const connect = async (): Promise<Broker> => {
    const broker = kafkaBroker({ brokers: await addresses(), clientId: uniqueName('client'), drainTimeoutMs: 500 });
    open.push(broker);
    return broker;
  };
  const record = (topic: string, n: number) => ({
    topic,
    key: Buffer.from(`key-${n % 7}`),
    value: Buffer.from(String(n)),
    headers: [[Buffer.from('n'), Buffer.from([n])]] as const,
  });
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  const isEven = ({ value }: ReceivedRecord) => Number(value) % 2 === 0;

  /** A topic with 100 records in two partitions, all of them handled by a group. */
  const aTopic = async () => {
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    const broker = await connect();
    await broker.ensureTopics([{ topic, partitions: 2 }]);
    await broker.publish(range(0, 100).map((n) => record(topic, n)));
    const read = await reading(topic, group);
    await eventually(() => expect(read.records).toHaveLength(100));
    return { topic, group, broker, read };
  };
  const reading = async (topic: string, group: string) => {
    const records: ReceivedRecord[] = [];
    const handler = async (batch: { readonly records: readonly ReceivedRecord[] }) => void records.push(...batch.records);
    const subscription = await (await connect()).subscribe({ group, topics: [topic], handler });
    return { records, subscription };
  };
  const cut = async (topic: string, group: string, keep = isEven, patienceMs?: CutOptions['patienceMs']) =>
    cutTopics({
      brokers: await addresses(),
      isOurTopic: (name) => name === topic,
      isOurGroup: (name) => name === group,
      keep: (records) => Promise.resolve(records.filter(keep)),
      patienceMs,
    });

  it('keep the others in order, in their partitions and with their headers, and every group reads them again', async () => {
    const { topic, group, broker, read } = await aTopic();
    const before = read.records.filter(isEven);
    await read.subscription.close();
    expect(await cut(topic, group)).toEqual([{ topic, kept: 50, removed: 50 }]);
    await broker.publish([record(topic, 100)]);
    const { records } = await reading(topic, group);
    await eventually(() => expect(records).toHaveLength(51));
    const inPartition = (all: readonly ReceivedRecord[], partition: number) =>
      all.filter((each) => each.partition === partition).map(({ key, value, headers }) => [String(key), String(value), headers.get('n')]);
    const kept = records.filter(({ value }) => String(value) !== '100');
    for (const partition of [0, 1]) expect(inPartition(kept, partition)).toEqual(inPartition(before, partition));
    expect(await cut(topic, 'no group', () => true)).toEqual([{ topic, kept: 51, removed: 0 }]);
  });

  it('stay as they are while a consumer is connected', async () => {
    const { topic, group } = await aTopic();
    await expect(cut(topic, group, isEven, 500)).rejects.toThrow(`cannot restore the topics: consumers are connected (groups ${group})`);
    const { records } = await reading(topic, uniqueName('group'));
    await eventually(() => expect(records).toHaveLength(100));
  });
});
