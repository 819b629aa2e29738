import { eventually } from '@ftgo/testing';
import type { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseRelay } from '../src/index.js';
import { RelayLab, range } from './relay-lab.js';

const leading = (relay: DatabaseRelay) => eventually(() => expect(relay.status.state).toBe('leading'), { timeoutMs: 30_000 });

describe('a relay whose source is switched', () => {
  let lab: RelayLab;
  let client: Client;
  const writing: AbortController[] = [];
  beforeEach(async () => {
    lab = await RelayLab.open();
    client = await lab.client();
    await lab.listen();
  });
  afterEach(async () => {
    for (const writer of writing.splice(0)) writer.abort();
    await lab.close();
  });
  const slots = async () =>
    (await client.query<{ name: string }>('SELECT slot_name AS name FROM pg_replication_slots WHERE database = $1', [lab.database.name]))
      .rows;
  const hasIndex = async () =>
    (await client.query<{ exists: boolean }>(`SELECT to_regclass('outbox_xid') IS NOT NULL AS exists`)).rows[0]?.exists;
  const isProved = async () =>
    (await client.query('SELECT FROM relay_checkpoint WHERE proof IS NOT NULL AND NOT backfill_pending')).rowCount === 1;

  it('loses nothing, reorders nothing and raises no alert under load, repeatedly in both directions', async () => {
    const load = await startLoad();
    for (const source of ['wal', 'polling', 'wal', 'polling', 'wal'] as const) {
      const relay = lab.relay({ source });
      await leading(relay);
      const before = lab.distinct.size;
      await eventually(() => expect(lab.distinct.size).toBeGreaterThan(before + 200), { timeoutMs: 30_000 });
      await relay.stop();
    }
    lab.relay({ source: 'polling' });
    const written = await load.stop();
    await eventually(() => expect(lab.distinct.size).toBe(written), { timeoutMs: 30_000 });
    expect(lab.disorder).toEqual([]);
    expect(lab.alarms()).toEqual([]);
  }, 180_000);

  it.each([
    ['wal', 'polling'],
    ['polling', 'wal'],
  ] as const)('repeats nothing when %s is stopped before %s starts', async (first, second) => {
    const relay = lab.relay({ source: first });
    await leading(relay);
    for (const n of range(0, 50)) await lab.insert(client, [{ key: `k${n % 3}`, n }]);
    await eventually(() => expect(lab.numbers).toHaveLength(50));
    await eventually(async () =>
      expect((await client.query('SELECT FROM outbox, relay_checkpoint WHERE pg_visible_in_snapshot(xid, snapshot)')).rowCount).toBe(50),
    );
    await relay.stop();
    await lab.insert(client, [{ key: 'k0', n: 50 }]);
    await leading(lab.relay({ source: second }));
    await eventually(() => expect(lab.numbers).toHaveLength(51));
    expect(lab.repetitions).toBe(0);
  });

  it('has an index and no slot while it polls, and the reverse afterwards', async () => {
    const first = lab.relay({ source: 'wal' });
    await leading(first);
    expect(await slots()).toHaveLength(1);
    expect(await hasIndex()).toBe(false);
    await first.stop();
    const second = lab.relay({ source: 'polling' });
    await leading(second);
    await eventually(async () => expect(await slots()).toEqual([]));
    expect(await hasIndex()).toBe(true);
    await eventually(async () => expect(await isProved()).toBe(true));
    await second.stop();
    await leading(lab.relay({ source: 'wal' }));
    expect(await slots()).toHaveLength(1);
    expect(await hasIndex()).toBe(false);
    expect(await isProved()).toBe(true);
  });

  it.each([
    ['wal', 'polling'],
    ['polling', 'wal'],
    ['polling', 'polling'],
  ] as const)('has a single leader: while one leads by %s, another by %s stands by, and takes over', async (first, second) => {
    const leader = lab.relay({ source: first });
    await leading(leader);
    const standby = lab.relay({ source: second });
    await eventually(() => expect(standby.status).toMatchObject({ state: 'standby', isReady: true }));
    await lab.insert(
      client,
      range(0, 20).map((n) => ({ key: 'a', n })),
    );
    await eventually(() => expect(lab.numbers).toHaveLength(20));
    expect(standby.status.terms).toBe(0);
    await leader.stop();
    await leading(standby);
    await lab.insert(client, [{ key: 'a', n: 20 }]);
    await eventually(() => expect(lab.numbers).toHaveLength(21));
    expect(lab.disorder).toEqual([]);
  });

  it('publishes from the table, without an alert, after another program has published through the slot', async () => {
    const relay = lab.relay({ source: 'wal' });
    await leading(relay);
    await lab.insert(client, [{ key: 'a', n: 0 }]);
    await eventually(() => expect(lab.numbers).toEqual([0]));
    await relay.stop();
    const proof = JSON.stringify({ publication: '', outbox: 0, rewritten: [], source: 'slot' });
    await client.query('UPDATE relay_checkpoint SET proof = $1', [proof]);
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    const next = lab.relay({ source: 'wal' });
    await leading(next);
    await eventually(() => expect(lab.numbers).toEqual([0, 1]));
    expect(next.status.backfilled).toBeGreaterThan(0);
    expect(lab.alarms()).toEqual([]);
  });

  it('leaves the lock to another relay when its connection is lost while it polls', async () => {
    const relay = lab.relay({ source: 'polling' });
    await leading(relay);
    const admin = await lab.client(lab.database.adminUrl);
    const { rowCount } = await admin.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND application_name LIKE '%checkpoint%'`,
      [lab.database.name],
    );
    expect(rowCount).toBe(1);
    await eventually(() => expect(relay.status.terms).toBe(2));
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    await eventually(() => expect(lab.numbers).toEqual([1]));
  });

  /** Writers of overlapping transactions; each key has a single writer. */
  async function startLoad(): Promise<{ stop(): Promise<number> }> {
    const stopping = new AbortController();
    writing.push(stopping);
    const clients = await Promise.all(range(0, 4).map(() => lab.client()));
    let next = 0;
    const writers = clients.map(async (writer, w) => {
      while (!stopping.signal.aborted) {
        await writer.query('BEGIN');
        await lab.insert(
          writer,
          range(0, 1 + (next % 3)).map(() => ({ key: `order-${w}-${next % 5}`, n: next++ })),
        );
        await writer.query('SELECT pg_sleep(random() * 0.02)');
        await writer.query('COMMIT');
      }
    });
    return {
      async stop() {
        stopping.abort();
        await Promise.all(writers);
        return next;
      },
    };
  }
});
