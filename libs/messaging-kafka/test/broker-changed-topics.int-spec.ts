import { type Broker, RecordView } from '@ftgo/messaging/broker';
import { becauseNoKafka, eventually, noKafka, testKafka, uniqueName } from '@ftgo/testing';
import { Admin } from '@platformatic/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clients, deleteTopic, everyClient } from './clients.js';

describe.skipIf(noKafka).each(everyClient)(`a Kafka topic that changes while the %s client writes to it${becauseNoKafka}`, (client) => {
  const survives = clients[client]({ brokers: [], clientId: 'c' }).features.survivesRecreation;
  const open: { close(): unknown }[] = [];
  let broker: Broker;
  let admin: Admin;
  let topic: string;
  let got: { partition: number; value: string }[];

  beforeEach(async () => {
    const { brokers } = await testKafka();
    admin = new Admin({ clientId: 'operator', bootstrapBrokers: brokers.split(','), retries: 50, retryDelay: 20 });
    broker = clients[client]({ brokers: brokers.split(','), clientId: uniqueName('client'), drainTimeoutMs: 500 });
    open.push(broker, admin);
    topic = uniqueName('topic');
    got = [];
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ partition, records }) => void got.push(...records.map(({ value }) => ({ partition, value: String(value) }))),
    });
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });

  const recordOf = (value: string) => ({ topic, key: Buffer.from(value), value: Buffer.from(value), headers: [] });
  const publish = (name: string) =>
    eventually(async () => broker.publish(Array.from({ length: 60 }, (_, i) => recordOf(`${name}-${i}`))), { intervalMs: 50 });
  const partitionsOf = (name: string) => new Set(got.filter(({ value }) => value.startsWith(name)).map(({ partition }) => partition)).size;
  const usesAll = async (count: number) => {
    let round = 0;
    await eventually(
      async () => {
        const name = `to-${count}-${round++}.`;
        await publish(name);
        await eventually(() => expect(got.filter(({ value }) => value.startsWith(name)).length).toBeGreaterThanOrEqual(60));
        expect(partitionsOf(name)).toBe(count);
      },
      { intervalMs: 500 },
    );
  };

  it('has its keys in all partitions after some were added', async () => {
    await publish('first');
    await admin.createPartitions({ topics: [{ name: topic, count: 4 }] });
    await usesAll(4);
  });

  // Without topic ids, a recreated topic cannot be recognised.
  if (!survives) return;

  it('has its keys in all partitions after it was recreated with more or fewer', async () => {
    await publish('first');
    for (const partitions of [6, 2]) {
      await deleteTopic(admin, topic);
      await eventually(() => broker.ensureTopics([{ topic, partitions }]), { intervalMs: 50 });
      await usesAll(partitions);
    }
  });

  it('ends a stream of records to it as an outage, so that the stream is restarted', async () => {
    const failure = Promise.withResolvers<Error>();
    const acknowledged: number[] = [];
    const pipeline = await broker.pipeline({ acknowledged: (upTo) => acknowledged.push(upTo), failed: failure.resolve });
    pipeline.push(new RecordView().set(recordOf('1')), 1);
    pipeline.flush();
    await eventually(() => expect(acknowledged).toEqual([1]));
    await admin.createPartitions({ topics: [{ name: topic, count: 4 }] });
    expect(await failure.promise).toMatchObject({ name: 'BrokerUnavailable', message: `topic ${topic} now has 4 partitions` });
  });

  it('is reported as disconnected by a reader that follows it, while its partitions have no leader', async () => {
    const followed: string[] = [];
    const reader = broker.follow({
      topics: [topic],
      handler: (records) => void followed.push(...records.map(({ value }) => String(value))),
    });
    await reader.started;
    await eventually(() => expect(reader.connected).toBe(true));
    await deleteTopic(admin, topic);
    await eventually(() => expect(reader.connected).toBe(false));
    await eventually(() => broker.ensureTopics([{ topic, partitions: 1 }]), { intervalMs: 50 });
    await eventually(() => expect(reader.connected).toBe(true));
    await publish('again');
    await eventually(() => expect(followed).toContain('again-59'));
  });
});
