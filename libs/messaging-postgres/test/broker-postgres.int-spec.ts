import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BrokerUnavailable, diagnostics, type MissedRecords } from '@ftgo/messaging/broker';
import { brokerConformance, type MovableBroker } from '@ftgo/messaging/testing';
import { eventually, faultProxy, startPostgres, testDatabase, uniqueName } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postgresBroker } from '../src/index.js';
import { OwnBroker, record } from './own-broker.js';

brokerConformance('PostgreSQL', async () => {
  const own = await OwnBroker.open();
  return { client: () => own.client(), deleteTopic: (topic) => own.client().deleteTopics([topic]), movable, end: () => own.end() };
});

/** A private server behind a proxy that its clients use. */
async function movable(): Promise<MovableBroker> {
  const server = await startPostgres();
  const { url } = await testDatabase({ server });
  const proxy = await faultProxy({ to: server.adminUrl });
  return {
    client: () => postgresBroker({ url: proxy.url(url), clientId: uniqueName('client'), drainTimeoutMs: 200 }),
    move: async () => {
      await server.kill();
      proxy.leadTo((await server.startElsewhere()).adminUrl);
    },
    end: async () => {
      proxy.close();
      await server.kill();
    },
  };
}

describe('PostgreSQL as the broker', () => {
  let own: OwnBroker;
  beforeAll(async () => {
    own = await OwnBroker.open();
  });
  afterEach(() => own.closeClients());
  afterAll(() => own.end());

  it('loses and reorders nothing when the server is killed and restarted', async () => {
    const postgres = await startPostgres();
    const killed = await OwnBroker.open(postgres);
    const broker = killed.client();
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
      await postgres.kill();
      await expect(send()).rejects.toBeInstanceOf(BrokerUnavailable);
      await eventually(() => expect(subscription.connected).toBe(false));
      expect(subscription.caughtUp()).toBe(false);
      await postgres.start();
      await eventually(send);
      const target = sent + 50;
      while (sent < target) await send();
      await eventually(() => expect(new Set(got).size).toBe(sent));
      await eventually(() => expect(subscription.connected && subscription.caughtUp()).toBe(true));
    }
    // What was in doubt at a kill, sent or handled, may be duplicated: first deliveries keep their order.
    for (const key of [0, 1, 2, 3, 4, 5, 6]) {
      const ofKey = [...new Set(got)].filter((n) => n % 7 === key);
      expect(ofKey).toEqual(ofKey.toSorted((a, b) => a - b));
    }
    await killed.closeClients();
  });

  it('loses nothing that was acknowledged when the server is killed under load', async () => {
    const postgres = await startPostgres({ isDurable: true });
    const killed = await OwnBroker.open(postgres);
    const broker = killed.client();
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 2 }]);
    const acknowledged: number[] = [];
    const publishing = new AbortController();
    const load = [0, 1, 2, 3].map(async (publisher) => {
      for (let n = publisher; !publishing.signal.aborted; n += 4) {
        const isPublished = await broker.publish([record(topic, `key-${n}`, String(n))]).then(
          () => true,
          () => false,
        );
        if (isPublished) acknowledged.push(n);
        else await eventually(() => broker.missingTopics([topic]));
      }
    });
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(200));
    await postgres.kill();
    await postgres.start();
    const before = acknowledged.length;
    await eventually(() => expect(acknowledged.length).toBeGreaterThan(before + 100));
    publishing.abort();
    await Promise.all(load);
    const got = new Set<number>();
    await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      handler: async ({ records }) => {
        for (const { value } of records) got.add(Number(value));
      },
    });
    await eventually(() => expect(acknowledged.filter((n) => !got.has(n))).toEqual([]));
    await killed.closeClients();
  });

  it('keeps a group in order while the server is killed repeatedly and members join and leave', async () => {
    const postgres = await startPostgres({ isDurable: true });
    const killed = await OwnBroker.open(postgres);
    const publisher = killed.client();
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    await publisher.ensureTopics([{ topic, partitions: 6 }]);
    const deliveries: { key: string; n: number }[] = [];
    const join = () =>
      killed.client({ sessionTimeoutMs: 2_000 }).subscribe({
        group,
        topics: [topic],
        maxBatch: 5,
        handler: async ({ records, signal }) => {
          await sleep(2);
          signal.throwIfAborted();
          deliveries.push(...records.map(({ key, value }) => ({ key: String(key), n: Number(value) })));
        },
      });
    const publishing = new AbortController();
    let sent = 0;
    const load = (async () => {
      while (!publishing.signal.aborted) {
        const records = Array.from({ length: 20 }, (_, i) => record(topic, `key-${(sent + i) % 23}`, String(sent + i)));
        const isPublished = await publisher.publish(records).then(
          () => true,
          () => false,
        );
        if (isPublished) sent += records.length;
        else await sleep(50);
      }
    })();
    const members = [await join(), await join()];
    for (let round = 0; round < 4; round++) {
      const before = deliveries.length;
      await eventually(() => expect(deliveries.length).toBeGreaterThan(before + 200));
      const leaving = round % 2 === 0 ? members.shift() : undefined;
      await Promise.all([postgres.kill(), leaving?.close()]);
      await postgres.start();
      members.push(await join());
    }
    await eventually(() => expect(members.flatMap(({ assigned }) => assigned)).toHaveLength(6));
    publishing.abort();
    await load;
    await eventually(() => expect(new Set(deliveries.map(({ n }) => n)).size).toBe(sent));
    for (const of of Map.groupBy(deliveries, ({ key }) => key).values()) {
      const first = [...new Set(of.map(({ n }) => n))];
      expect(first).toEqual(first.toSorted((a, b) => a - b));
    }
    await killed.closeClients();
  });

  it('may be unreachable at startup', async () => {
    const broker = postgresBroker({ url: 'postgres://ftgo_broker@127.0.0.1:1/none', clientId: 'early' });
    const subscription = await broker.subscribe({ group: 'early', topics: ['any'], handler: async () => undefined });
    await expect(broker.publish([record('any', 'a', '1')])).rejects.toBeInstanceOf(BrokerUnavailable);
    await expect(broker.missingTopics(['any'])).rejects.toBeInstanceOf(BrokerUnavailable);
    await expect(broker.pipeline({ acknowledged: () => undefined, failed: () => undefined })).rejects.toBeInstanceOf(BrokerUnavailable);
    expect(subscription.connected).toBe(false);
    await broker.close();
  });

  it('delivers everything to each of two groups, and to one that starts later', async () => {
    const broker = own.client();
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 2 }]);
    const values = Array.from({ length: 50 }, (_, i) => String(i));
    const subscribe = async () => {
      const got: string[] = [];
      await broker.subscribe({
        group: uniqueName('group'),
        topics: [topic],
        handler: async ({ records }) => void got.push(...records.map(({ value }) => String(value))),
      });
      return got;
    };
    const groups = [await subscribe(), await subscribe()];
    await broker.publish(values.map((value) => record(topic, `key-${value}`, value)));
    groups.push(await subscribe());
    for (const got of groups) await eventually(() => expect(got.toSorted()).toEqual(values.toSorted()));
  });

  it('reads a topic that was deleted and created again from its first record, and reports what was missed', async () => {
    const broker = own.client();
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    await broker.publish(['1', '2', '3'].map((value) => record(topic, 'a', value)));
    const got: string[] = [];
    const missed: MissedRecords[] = [];
    const gate = Promise.withResolvers<void>();
    await broker.subscribe({
      group: uniqueName('group'),
      topics: [topic],
      maxBatch: 1,
      handler: async ({ records }) => {
        got.push(...records.map(({ value }) => String(value)));
        await gate.promise;
      },
      onMissed: (records) => missed.push(records),
    });
    await eventually(() => expect(got).toEqual(['1']));
    await broker.deleteTopics([topic]);
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    await broker.publish([record(topic, 'a', 'new')]);
    await eventually(() => expect(missed).toEqual([{ topic, partition: 0, reason: 'topic deleted', records: 2 }]));
    gate.resolve();
    await eventually(() => expect(got).toEqual(['1', 'new']));
  });

  it('deletes records beyond their topic’s retention, and reports what a group missed', async () => {
    const broker = own.client({ retentionIntervalMs: 50 });
    const [topic, group, kept] = [uniqueName('topic'), uniqueName('group'), uniqueName('kept')];
    await broker.ensureTopics([
      { topic, partitions: 1, retentionMs: 500 },
      { topic: kept, partitions: 1, retentionMs: -1 },
    ]);
    await broker.publish(['1', '2'].flatMap((value) => [record(topic, 'a', value), record(kept, 'a', value)]));
    const got: string[] = [];
    const missed: MissedRecords[] = [];
    const subscribe = () =>
      broker.subscribe({
        group,
        topics: [topic, kept],
        handler: async ({ records }) => void got.push(...records.map((one) => `${one.topic} ${String(one.value)}`)),
        onMissed: (records) => missed.push(records),
      });
    const first = await subscribe();
    await eventually(() => expect(got).toHaveLength(4));
    await first.close();
    await broker.publish(['3', '4', '5'].map((value) => record(topic, 'a', value)));
    const remaining = () => own.query('SELECT FROM broker.record r JOIN broker.topic t ON t.id = r.topic_id WHERE t.name = $1', [topic]);
    await eventually(async () => expect(await remaining()).toHaveLength(0));
    const second = await subscribe();
    await eventually(() => expect(missed).toEqual([{ topic, partition: 0, reason: 'retention', records: 3 }]));
    await eventually(() => expect(second.caughtUp()).toBe(true));
    await broker.publish([record(topic, 'a', '6')]);
    await eventually(() => expect(got.at(-1)).toBe(`${topic} 6`));
    expect(got.filter((one) => one.startsWith(kept))).toHaveLength(2);
  });

  it('is read no further ahead than memory allows while a handler is slow', async () => {
    const broker = own.client();
    const topic = uniqueName('topic');
    await broker.ensureTopics([{ topic, partitions: 6 }]);
    const value = Buffer.alloc(20_000, 46);
    const waitingMiB = 64;
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
    // Without a limit, everything would have arrived within this time.
    for (const end = performance.now() + 1_500; performance.now() < end; await sleep(20))
      expect(arrayBuffersMiB() - before).toBeLessThan(24);
    gate.resolve();
    await eventually(() => expect(handled).toBe(waitingMiB * 52));
  });

  it('announces each committed offset', async () => {
    const broker = own.client();
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
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function arrayBuffersMiB(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers / 1024 / 1024;
}
