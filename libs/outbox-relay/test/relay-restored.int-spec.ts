import { PgSessions, Retention, Transactions } from '@ftgo/messaging';
import { OutboxReader } from '@ftgo/messaging/operations';
import { eventually } from '@ftgo/testing';
import pg, { type Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Gate, gatedBroker } from './relay-gate.js';
import { RelayLab, range } from './relay-lab.js';

describe('data that was restored on a server whose xids are lower than those of the rows', () => {
  let lab: RelayLab;
  let client: Client;
  let pool: pg.Pool;
  let transactions: Transactions;

  beforeEach(async () => {
    lab = await RelayLab.open();
    client = await lab.client();
    await lab.listen();
    pool = new pg.Pool({ connectionString: lab.database.url, max: 1 });
    transactions = new Transactions(new PgSessions(pool));
    const relay = lab.relay();
    await leads(relay);
    await relay.stop();
    // As restored from a backup: rows and checkpoint of another server. One of the xids is already used on this server.
    for (const n of range(0, 5)) {
      const xid = n === 0 ? '3' : String(9_000_000_000_000 + n);
      await lab.insert(client, [{ key: 'restored', n, columns: { xid, created_at: twoDaysAgo } }]);
    }
    await client.query("UPDATE relay_checkpoint SET system_identifier = '1', snapshot = '9000000000003:9000000000003:'");
  });
  afterEach(async () => {
    await pool.end();
    await lab.close();
  });

  const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
  const leads = (relay: ReturnType<RelayLab['relay']>) => eventually(() => expect(relay.status.state).toBe('leading'));
  const dropSlot = async () => {
    const admin = await lab.client(lab.database.adminUrl);
    await eventually(() => admin.query('SELECT pg_drop_replication_slot($1)', [`${lab.database.name}_outbox`]));
  };
  const arrivals = (n: number) => lab.received.filter(({ headers }) => Number(headers.get('ce_sequence')) === n).length;

  it('is published once, with an alert, and not again when a slot is lost later', async () => {
    const relay = lab.relay();
    await leads(relay);
    await lab.insert(client, [{ key: 'ours', n: 5 }]);
    await eventually(() => expect(lab.distinct.size).toBe(6));
    expect(lab.alarms()).toEqual([expect.stringContaining('another server')]);
    await relay.stop();
    await dropSlot();
    await lab.insert(client, [{ key: 'ours', n: 6 }]);
    const next = lab.relay();
    await leads(next);
    await lab.insert(client, [{ key: 'ours', n: 7 }]);
    await eventually(() => expect(lab.distinct.size).toBe(8));
    expect(range(0, 5).map(arrivals)).toEqual([1, 1, 1, 1, 1]);
  });

  it('counts as published, and is deleted by retention', async () => {
    const reader = new OutboxReader(transactions);
    expect(await reader.unpublished()).toBe(5);
    await new Retention(transactions).run();
    expect((await client.query('SELECT FROM outbox')).rowCount).toBe(5);
    await leads(lab.relay());
    await eventually(async () => expect(await reader.unpublished()).toBe(0));
    await eventually(async () => {
      await new Retention(transactions).run();
      expect((await client.query('SELECT FROM outbox')).rowCount).toBe(0);
    });
  });

  it('does not include messages that were being written when it was found', async () => {
    const gate = new Gate(0);
    const relay = lab.relay({ broker: gatedBroker(lab.newBroker(), gate) });
    await eventually(() => expect(gate.pushed).toBe(5));
    const open = await lab.client();
    await open.query('BEGIN');
    await lab.insert(open, [{ key: 'ours', n: 5 }]);
    gate.open();
    await leads(relay);
    await relay.stop();
    await open.query('COMMIT');
    await dropSlot();
    expect(await new OutboxReader(transactions).unpublished()).toBe(1);
    await leads(lab.relay());
    await eventually(() => expect(lab.distinct.has(5)).toBe(true));
  });
});
