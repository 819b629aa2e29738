import { randomUUID } from 'node:crypto';
import { eventually } from '@ftgo/testing';
import type { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { DatabaseRelay } from '../src/index.js';
import { RelayLab } from './relay-lab.js';

describe.each(['wal', 'polling'] as const)('messages that the relay by %s does not publish', (source) => {
  let lab: RelayLab;
  let client: Client;
  const open = async () => {
    lab = await RelayLab.open({ source });
    client = await lab.client();
    await lab.listen();
  };
  const skips = async () =>
    (await client.query<object>('SELECT message_id, topic, reason, skipped_by FROM relay_skip ORDER BY skipped_at')).rows;
  afterEach(() => lab.close());

  it('a message skipped by an operator remains skipped, for every relay and after a restart', async () => {
    await open();
    const first = lab.relay();
    const id = randomUUID();
    await lab.insert(client, [
      { key: 'a', n: 1, payload: Buffer.alloc(1_200_000), columns: { id } },
      { key: 'a', n: 2, columns: { id: randomUUID() } },
    ]);
    await eventually(() => expect(first.status.state).toBe('refused'));
    await first.stop();
    // The request goes to an instance that does not lead.
    const idle = new DatabaseRelay({ url: lab.database.relayUrl, broker: lab.newBroker(), logger: console });
    await idle.skip({ messageId: id.toUpperCase(), reason: 'too large for Kafka', by: 'operator' });
    expect(await skips()).toEqual([{ message_id: id, topic: null, reason: 'too large for Kafka', skipped_by: 'operator' }]);
    const next = lab.relay();
    await eventually(() => expect(lab.numbers).toEqual([2]));
    await eventually(() => expect(next.status).toMatchObject({ state: 'leading', isReady: true }));
    await next.stop();
    // Even if everything is published from the table.
    await client.query('DELETE FROM relay_checkpoint');
    const last = lab.relay();
    await eventually(() => expect(last.status.state).toBe('leading'));
    expect(lab.numbers).toEqual([2]);
  });

  it('a skip that cannot be stored is reported with the cause', async () => {
    await open();
    await client.query('REVOKE INSERT ON relay_skip FROM ftgo_relay');
    const relay = new DatabaseRelay({ url: lab.database.relayUrl, broker: lab.newBroker(), logger: console });
    const skip = { messageId: randomUUID(), reason: 'not needed', by: 'operator' };
    await expect(relay.skip(skip)).rejects.toThrow(/GRANT SELECT, INSERT, UPDATE ON relay_skip/);
    await client.query('DROP TABLE relay_skip');
    await expect(relay.skip(skip)).rejects.toThrow(/relay_skip.*migrations/);
    const waiting = lab.relay();
    await eventually(() => expect(waiting.status.reason).toMatch(/relay_skip.*migrations/));
  });

  it.each(['from the log', 'from the table'])(
    'a message that its service may not send is not published %s, and later ones are',
    async (way) => {
      await open();
      const foreign = { id: randomUUID(), source: '/shop/orders/a' };
      const disguised = { id: randomUUID(), source: '/shopping/orders/a' };
      const write = () =>
        lab.insert(client, [
          { key: 'a', n: 1, columns: { id: randomUUID(), source: '/shop/orders/a' } },
          { key: 'a', n: 2, topic: 'bank.events', columns: foreign },
          { key: 'a', n: 3, columns: disguised },
          { key: 'a', n: 4, columns: { id: randomUUID(), source: '/shop/orders' } },
        ]);
      const start = () => lab.relay({ publishable: new Map([[lab.topic, '/shop/orders']]) });
      if (way === 'from the table') await write();
      const relay = start();
      await eventually(() => expect(relay.status.state).toBe('leading'));
      if (way === 'from the log') await write();
      await eventually(() => expect(lab.numbers).toEqual([1, 4]));
      expect(relay.status).toMatchObject({ state: 'leading', isReady: true, alarms: 2, rejected: 2 });
      expect(lab.alarms()).toEqual([expect.stringContaining('bank.events'), expect.stringContaining('/shopping/orders/a')]);
      await eventually(async () =>
        expect(await skips()).toEqual([
          expect.objectContaining({ message_id: foreign.id, topic: 'bank.events', skipped_by: 'relay' }),
          expect.objectContaining({ message_id: disguised.id, topic: lab.topic, skipped_by: 'relay' }),
        ]),
      );
    },
  );

  it('a message with the id of a rejected one is published', async () => {
    await open();
    const relay = lab.relay({ publishable: new Map([[lab.topic, '/shop']]) });
    await eventually(() => expect(relay.status.state).toBe('leading'));
    const id = randomUUID();
    await lab.insert(client, [{ key: 'a', n: 1, columns: { id, source: '/bank' } }]);
    await eventually(async () => expect(await skips()).toHaveLength(1));
    await relay.stop();
    await lab.insert(client, [{ key: 'a', n: 2, columns: { id } }]);
    lab.relay({ publishable: new Map([[lab.topic, '/shop']]) });
    await eventually(() => expect(lab.numbers).toEqual([2]));
  });

  it('an operator’s skip of a message that the relay has rejected is kept after a restart', async () => {
    await open();
    const relay = lab.relay({ publishable: new Map([[lab.topic, '/shop']]) });
    await eventually(() => expect(relay.status.state).toBe('leading'));
    const id = randomUUID();
    await lab.insert(client, [{ key: 'a', n: 1, columns: { id, source: '/bank' } }]);
    await eventually(async () => expect(await skips()).toHaveLength(1));
    await relay.skip({ messageId: id, reason: 'written by mistake', by: 'operator' });
    expect(await skips()).toMatchObject([{ message_id: id, reason: 'written by mistake', skipped_by: 'operator' }]);
    await relay.stop();
    await lab.insert(client, [
      { key: 'a', n: 2, columns: { id } },
      { key: 'a', n: 3, columns: { id: randomUUID() } },
    ]);
    lab.relay({ publishable: new Map([[lab.topic, '/shop']]) });
    await eventually(() => expect(lab.numbers).toEqual([3]));
  });
});
