import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { MissedRecords, OutgoingRecord, Subscription } from '@ftgo/messaging/broker';
import { becauseNoKafka, eventually, noKafka, startKafka, testKafka, uniqueName } from '@ftgo/testing';
import { Admin, Connection, offsetCommitV8 } from '@platformatic/kafka';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type KafkaBroker, kafkaBroker } from '../src/index.js';
import { deleteTopic } from './clients.js';

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const named = (name: string, from: number, to: number) => range(from, to).map((n) => `${name}-${n}`);

describe.skipIf(noKafka)(`the position of a group in a Kafka partition${becauseNoKafka}`, () => {
  const open: KafkaBroker[] = [];
  const admins: Admin[] = [];
  let brokers: string;
  let topic: string;
  let group: string;
  let problems: string[];
  let missed: MissedRecords[];
  let handled: string[];

  beforeEach(async () => {
    ({ brokers } = await testKafka());
    [topic, group] = [uniqueName('topic'), uniqueName('group')];
    [problems, missed, handled] = [[], [], []];
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((broker) => broker.close()));
    await Promise.all(admins.splice(0).map((admin) => admin.close()));
  });

  const connect = () => {
    const onProblem = (what: string, error: Error) => void problems.push(`${what}: ${error.message}`);
    const broker = kafkaBroker({ brokers: [brokers], clientId: uniqueName('client'), drainTimeoutMs: 500, onProblem });
    open.push(broker);
    return broker;
  };
  const administer = () => {
    const admin = new Admin({ clientId: 'operator', bootstrapBrokers: [brokers], retries: 50, retryDelay: 20 });
    admins.push(admin);
    return admin;
  };
  const recordOf = (value: string): OutgoingRecord => ({ topic, key: Buffer.from(value), value: Buffer.from(value), headers: [] });
  const publish = (values: readonly string[], by = connect()) =>
    eventually(async () => by.publish(values.map(recordOf)), { intervalMs: 50 });
  const create = (partitions = 1) => eventually(() => connect().ensureTopics([{ topic, partitions }]), { intervalMs: 50 });
  const recreate = async (partitions = 1) => {
    await deleteTopic(administer(), topic);
    await create(partitions);
  };
  const subscribe = (by = connect()): Promise<Subscription> =>
    by.subscribe({
      group,
      topics: [topic],
      handler: async ({ records }) => void handled.push(...records.map(({ value }) => String(value))),
      onMissed: (records) => void missed.push(records),
    });
  const committed = async (partition = 0) => {
    const topics = [{ name: topic, partitionIndexes: [partition] }];
    const [found] = await administer().listConsumerGroupOffsets({ groups: [{ groupId: group, topics }] });
    return found?.topics[0]?.partitions[0];
  };
  /** Like an operator's tool, or a member that notices too late what happened to the topic. */
  const commit = async (committedOffset: bigint, committedLeaderEpoch: number, committedMetadata: string | null) => {
    const connection = new Connection('operator');
    const [host = '', port] = brokers.split(':');
    await connection.connect(host, Number(port));
    const partitions = [{ partitionIndex: 0, committedOffset, committedLeaderEpoch, committedMetadata }];
    await offsetCommitV8.api.async(connection, group, -1, '', null, [{ name: topic, partitions }]);
    await connection.close();
  };
  const consumed = async (values: readonly string[]) => {
    const broker = connect();
    const subscription = await subscribe(broker);
    await eventually(() => expect(handled).toEqual(expect.arrayContaining([...values])));
    await eventually(() => expect(subscription.caughtUp()).toBe(true));
    await broker.close();
    handled = [];
  };

  describe('in a topic that was deleted and created again', () => {
    it('goes back to the first record of the new topic while it is consumed', async () => {
      await create();
      await publish(named('old', 0, 100));
      const subscription = await subscribe();
      await eventually(() => expect(handled).toHaveLength(100));
      await recreate();
      await publish(named('new', 0, 300));
      await eventually(() => expect(handled.slice(100)).toEqual(named('new', 0, 300)));
      await eventually(() => expect(subscription.caughtUp()).toBe(true));
      await eventually(async () => expect((await committed())?.committedOffset).toBe(300n));
      expect(problems.join()).toContain(`topic ${topic} was deleted and created again`);
    });

    it('is committed lower than before, so that the next process starts where this one ended', async () => {
      await create();
      await publish(named('old', 0, 100));
      const first = connect();
      await subscribe(first);
      await eventually(async () => expect((await committed())?.committedOffset).toBe(100n));
      await recreate();
      await publish(named('new', 0, 3));
      await eventually(async () => expect((await committed())?.committedOffset).toBe(3n));
      await first.close();
      handled = [];
      await publish(named('new', 3, 5));
      await subscribe();
      await eventually(() => expect(handled).toEqual(['new-3', 'new-4']));
    });

    it('is not that of the old topic if no one consumed meanwhile', async () => {
      await create();
      await publish(named('old', 0, 100));
      await consumed(named('old', 0, 100));
      await recreate();
      await publish(named('new', 0, 300));
      await subscribe();
      await eventually(() => expect(handled).toEqual(named('new', 0, 300)));
    });

    it('is not trusted if a member committed it for the old topic after the new one was created', async () => {
      await create();
      await publish(named('old', 0, 100));
      await consumed(named('old', 0, 100));
      const { committedOffset = 0n, committedLeaderEpoch = -1, metadata = null } = (await committed()) ?? {};
      expect(committedOffset).toBe(100n);
      await recreate();
      await publish(named('new', 0, 300));
      await commit(committedOffset, committedLeaderEpoch, metadata);
      await subscribe();
      await eventually(() => expect(handled).toEqual(named('new', 0, 300)));
    });

    it('does not advance with the batch of the old topic in progress; the rest of it is reported', async () => {
      await create();
      await publish(named('old', 0, 10));
      const gate = Promise.withResolvers<void>();
      const subscription = await connect().subscribe({
        group,
        topics: [topic],
        maxBatch: 4,
        handler: async ({ records }) => {
          await gate.promise;
          handled.push(...records.map(({ value }) => String(value)));
        },
        onMissed: (records) => void missed.push(records),
      });
      await eventually(() => expect(subscription.progress[0]?.behind).toBe(10));
      await recreate();
      await eventually(() => expect(problems.join()).toContain('was deleted and created again'));
      await publish(named('new', 0, 5));
      gate.resolve();
      await eventually(() => expect(handled).toEqual([...named('old', 0, 4), ...named('new', 0, 5)]));
      await eventually(async () => expect((await committed())?.committedOffset).toBe(5n));
      expect(missed).toEqual([{ topic, partition: 0, reason: 'topic deleted', records: 6 }]);
    });

    it('is known in all its partitions, whether there are more or fewer than before', async () => {
      await create(3);
      await publish(named('three', 0, 60));
      const subscription = await subscribe();
      await eventually(() => expect(new Set(handled)).toEqual(new Set(named('three', 0, 60))));
      for (const [name, partitions] of [
        ['one', 1],
        ['four', 4],
      ] as const) {
        await recreate(partitions);
        await publish(named(name, 0, 60));
        await eventually(() => expect(new Set(handled.filter((value) => value.startsWith(name)))).toEqual(new Set(named(name, 0, 60))));
        await eventually(() => expect(subscription.assigned).toHaveLength(partitions));
        await eventually(() => expect(subscription.caughtUp()).toBe(true));
      }
    });

    it('is not reported as caught up while the topic is missing', async () => {
      await create();
      await publish(named('old', 0, 3));
      const subscription = await subscribe();
      await eventually(() => expect(subscription.caughtUp()).toBe(true));
      await deleteTopic(administer(), topic);
      await eventually(() => expect(subscription.progress.map(({ behind }) => behind)).toEqual([undefined]));
      expect(subscription.caughtUp()).toBe(false);
      await eventually(() => expect(subscription.assigned).toEqual([]));
      await create();
      await publish(named('new', 0, 3));
      await eventually(() => expect(handled.slice(3)).toEqual(named('new', 0, 3)));
    });
  });

  describe('in a truncated log', () => {
    it('goes back to where the log diverged, even if it has grown beyond that offset again', async () => {
      const kafka = await startKafka();
      ({ brokers } = kafka);
      await create();
      await publish(named('kept', 0, 60));
      const file = logFile(kafka.dataFolder, topic);
      const { size } = statSync(file);
      await publish(named('lost', 0, 40));
      const subscription = await subscribe();
      await eventually(async () => expect((await committed())?.committedOffset).toBe(100n));
      await kafka.kill();
      // As when a machine loses power before the rest is on its disk.
      truncateSync(file, size);
      await kafka.start();
      handled = [];
      await publish(named('new', 0, 200));
      await eventually(() => expect(handled).toEqual(expect.arrayContaining(named('new', 0, 200))));
      await eventually(() => expect(subscription.caughtUp()).toBe(true));
      await eventually(async () => expect((await committed())?.committedOffset).toBe(BigInt(200 + 60)));
      expect(problems.join()).toContain(`the log of ${topic}/0 was truncated; reading it again from offset 60`);
    });

    it('goes back to the end of the epoch in which it was committed, after a restart', async () => {
      const kafka = await startKafka();
      ({ brokers } = kafka);
      await create();
      await publish(named('first', 0, 100));
      await consumed(named('first', 0, 100));
      const { committedLeaderEpoch = -1, metadata = null } = (await committed()) ?? {};
      await kafka.kill();
      await kafka.start();
      await publish(named('second', 0, 100));
      // As if it had read 50 more records of the first epoch, which the log no longer has.
      await eventually(() => commit(150n, committedLeaderEpoch, metadata));
      await subscribe();
      await eventually(() => expect(handled).toEqual(named('second', 0, 100)));
    });

    it('goes back to the first record if it was committed beyond the end without an epoch', async () => {
      await create();
      await publish(named('there', 0, 10));
      await commit(1_000n, -1, null);
      await subscribe();
      await eventually(() => expect(handled).toEqual(named('there', 0, 10)));
      expect(missed).toEqual([]);
    });
  });

  describe('in a log whose beginning was removed', () => {
    const removeBefore = (offset: bigint) =>
      administer().deleteRecords({ topics: [{ name: topic, partitions: [{ partition: 0, offset }] }] });

    it('advances to the first remaining record, and reports what the group had not read', async () => {
      await create();
      await publish(named('n', 0, 2));
      await consumed(named('n', 0, 2));
      await publish(named('n', 2, 10));
      await removeBefore(7n);
      await subscribe();
      await eventually(() => expect(handled).toEqual(named('n', 7, 10)));
      expect(missed).toEqual([{ topic, partition: 0, reason: 'retention', records: 5 }]);
    });

    it('advances if nothing remains, and is then caught up', async () => {
      await create();
      await publish(named('n', 0, 2));
      await consumed(named('n', 0, 2));
      await publish(named('n', 2, 10));
      await removeBefore(10n);
      const subscription = await subscribe();
      await eventually(() => expect(subscription.caughtUp()).toBe(true));
      await eventually(async () => expect((await committed())?.committedOffset).toBe(10n));
      expect(missed).toEqual([{ topic, partition: 0, reason: 'retention', records: 8 }]);
    });

    it('is the start of a new group, which has missed nothing', async () => {
      await create();
      await publish(named('n', 0, 10));
      await removeBefore(7n);
      await subscribe();
      await eventually(() => expect(handled).toEqual(named('n', 7, 10)));
      expect(missed).toEqual([]);
    });
  });
});

/** The log file of the topic's only partition. */
function logFile(dataFolder: string, topic: string): string {
  const folder = readdirSync(dataFolder, { recursive: true, withFileTypes: true }).find((entry) => entry.name === `${topic}-0`);
  if (!folder) throw new Error(`no folder of ${topic}-0 in ${dataFolder}`);
  return join(folder.parentPath, folder.name, '00000000000000000000.log');
}
