import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually, uniqueName } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Connection } from '../src/connection.js';
import { GroupMember } from '../src/group-member.js';
import { OwnBroker, record } from './own-broker.js';

describe('a member of a group on PostgreSQL', () => {
  let own: OwnBroker;
  const connections: Connection[] = [];
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    own = await OwnBroker.open();
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(connections.splice(0).map((connection) => connection.close()));
    await own.closeClients();
  });
  afterAll(() => own.end());

  const newMember = (id: string, group: string, topic: string, leaseMs = 60_000) => {
    const connection = new Connection({ url: own.database.url, applicationName: id });
    connections.push(connection);
    return new GroupMember({ connection, group, id, topics: [topic], leaseMs });
  };
  const nextOffset = async (group: string) => {
    const [row] = await own.query<{ next_offset: string }>('SELECT next_offset FROM broker.group_partition WHERE group_name = $1', [group]);
    return Number(row?.next_offset);
  };

  it('cannot commit once its lease has expired and another one has its partition', async () => {
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    await own.client().ensureTopics([{ topic, partitions: 1 }]);
    const [slow, other] = [newMember('slow', group, topic, 100), newMember('other', group, topic)];
    const { owned } = await slow.share([]);
    const [of] = owned;
    expect(await slow.commit(owned.map((one) => ({ ...one, nextOffset: 3 })))).toEqual(new Set([`${topic}/0`]));
    await sleep(150);
    const taken = (await other.share([])).owned;
    expect(taken).toMatchObject([{ topic, partition: 0, nextOffset: 3 }]);
    expect(await slow.beat()).toBe(false);
    expect(await slow.commit(owned.map((one) => ({ ...one, nextOffset: 4 })))).toEqual(new Set());
    expect(await other.commit(taken.map((one) => ({ ...one, nextOffset: 5 })))).toEqual(new Set([`${topic}/0`]));
    // It has the partition again, in another generation: its earlier batch is still rejected.
    await other.leave([]);
    const again = (await slow.share([])).owned;
    expect(again).toMatchObject([{ topic, partition: 0, nextOffset: 5 }]);
    expect(again[0]?.generation).toBeGreaterThan(of?.generation as number);
    expect(await slow.commit(owned.map((one) => ({ ...one, nextOffset: 4 })))).toEqual(new Set());
    expect(await nextOffset(group)).toBe(5);
  });

  it('keeps its partitions through a late heartbeat, as long as no one has taken them', async () => {
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    await own.client().ensureTopics([{ topic, partitions: 2 }]);
    const member = newMember('alone', group, topic, 50);
    const { owned } = await member.share([]);
    await sleep(100);
    expect(await member.beat()).toBe(true);
    expect((await member.share([])).owned.toSorted((a, b) => a.partition - b.partition)).toEqual(
      owned.toSorted((a, b) => a.partition - b.partition),
    );
  });

  it('is expelled when it is silent, even if the clock of the server was set back since its last heartbeat', async () => {
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    await own.client().ensureTopics([{ topic, partitions: 1 }]);
    const [dead, other] = [newMember('dead', group, topic), newMember('other', group, topic)];
    await dead.share([]);
    await own.query("UPDATE broker.member SET lease_until = lease_until + interval '1 hour' WHERE group_name = $1", [group]);
    expect((await other.share([])).owned).toHaveLength(1);
  });

  it('that was paused and continues changes nothing that another one has done since', async () => {
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    const broker = own.client();
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    const child = startConsumer(topic, group);
    const byChild: number[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => byChild.push(Number(line)));
    let sent = 0;
    const publish = async (count: number) => {
      await broker.publish(Array.from({ length: count }, (_, i) => record(topic, 'a', String(sent + i))));
      sent += count;
    };
    await publish(1_000);
    await eventually(() => expect(byChild.length).toBeGreaterThan(5));
    child.kill('SIGSTOP');
    const byUs: number[] = [];
    const subscription = await broker.subscribe({
      group,
      topics: [topic],
      handler: async ({ records }) => void byUs.push(...records.map(({ value }) => Number(value))),
    });
    await eventually(() => expect(byUs.at(-1)).toBe(sent - 1));
    await eventually(() => expect(subscription.caughtUp()).toBe(true));
    await eventually(async () => expect(await nextOffset(group)).toBe(sent));
    const seen = byChild.length;
    child.kill('SIGCONT');
    // It returns to the group, where its partition has an owner, and handles nothing but its batch in progress.
    const members = () => own.query('SELECT FROM broker.member WHERE group_name = $1', [group]);
    await eventually(async () => expect(await members()).toHaveLength(2));
    await publish(10);
    await eventually(() => expect(byUs.at(-1)).toBe(sent - 1));
    await eventually(async () => expect(await nextOffset(group)).toBe(sent));
    expect(byUs).toEqual(byUs.toSorted((a, b) => a - b));
    expect(byChild.length - seen).toBeLessThanOrEqual(1);
    expect(new Set([...byChild, ...byUs]).size).toBe(sent);
  });

  it('that was killed is replaced by another one, from its committed offsets', async () => {
    const [topic, group] = [uniqueName('topic'), uniqueName('group')];
    const broker = own.client();
    await broker.ensureTopics([{ topic, partitions: 1 }]);
    await broker.publish(Array.from({ length: 100 }, (_, i) => record(topic, 'a', String(i))));
    const child = startConsumer(topic, group);
    const byChild: number[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => byChild.push(Number(line)));
    await eventually(() => expect(byChild.length).toBeGreaterThan(20));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const byUs: number[] = [];
    await broker.subscribe({
      group,
      topics: [topic],
      handler: async ({ records }) => void byUs.push(...records.map(({ value }) => Number(value))),
    });
    await eventually(() => expect(byUs.at(-1)).toBe(99));
    expect(new Set([...byChild, ...byUs]).size).toBe(100);
    expect(byUs.length).toBeLessThan(100);
  });

  function startConsumer(topic: string, group: string): ChildProcess {
    const hooks = new URL('../../../tools/swc-hooks.mjs', import.meta.url).href;
    const script = new URL('./postgres-consumer.ts', import.meta.url).pathname;
    const args = ['--import', hooks, '--conditions=@ftgo/source', script, own.database.url, topic, group];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    return child;
  }
});
