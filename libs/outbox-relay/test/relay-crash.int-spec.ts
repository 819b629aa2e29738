import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { eventually, type OwnPostgres, startBroker, startPostgres } from '@ftgo/testing';
import { Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { Relay } from '../src/index.js';
import { messagingDatabase, RelayLab, range } from './relay-lab.js';

const sources = ['wal', 'polling'] as const;

describe.each(sources)('the relay by %s, when processes die', (source) => {
  let lab: RelayLab;
  const children: ChildProcess[] = [];
  const writing: AbortController[] = [];
  afterEach(async () => {
    for (const writer of writing.splice(0)) writer.abort();
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await lab.close();
  });

  /** For features of the log. */
  const onlyOfLog = (title: string, test: () => Promise<void>) => {
    if (source === 'wal') it(title, test);
  };

  it('loses and reorders nothing when killed repeatedly under load', async () => {
    lab = await RelayLab.open({ source });
    await lab.listen();
    const load = await startLoad();
    for (const kill of range(1, 6)) {
      const child = await startRelay();
      const before = lab.distinct.size;
      await eventually(() => expect(lab.distinct.size).toBeGreaterThan(before + 40 * kill), { timeoutMs: 30_000 });
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const written = await load.stop();
    await startRelay();
    await eventually(() => expect(lab.distinct.size).toBe(written), { timeoutMs: 30_000 });
    expect(lab.disorder).toEqual([]);
  }, 240_000);

  it('loses nothing while the broker is down, and keeps no more than its window in memory', async () => {
    const broker = await startBroker();
    lab = await RelayLab.open({ broker: broker.access, source });
    const relay = lab.relay({ windowBytes: 256 * 1024 });
    await lab.listen();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    const load = await startLoad();
    await eventually(() => expect(lab.distinct.size).toBeGreaterThan(50));
    let most = 0;
    for (const round of range(0, 2)) {
      const before = load.written;
      await broker.kill();
      await eventually(() => {
        most = Math.max(most, relay.status.flow?.inFlightBytes ?? 0);
        expect(load.written).toBeGreaterThan(before + 400 + round);
      });
      expect(relay.status).toMatchObject({ state: 'waiting', isReady: false });
      await broker.start();
      await eventually(() => expect(lab.distinct.size).toBeGreaterThan(before + 400), { timeoutMs: 60_000 });
    }
    const written = await load.stop();
    await eventually(() => expect(lab.distinct.size).toBe(written), { timeoutMs: 30_000 });
    expect(lab.disorder).toEqual([]);
    expect(most).toBeLessThan(512 * 1024);
  }, 240_000);

  it('a standby takes over when the leader is killed', async () => {
    lab = await RelayLab.open({ source });
    await lab.listen();
    const leader = await startRelay();
    const standby = lab.relay();
    await eventually(() => expect(standby.status).toMatchObject({ state: 'standby', isReady: true }));
    const load = await startLoad();
    await eventually(() => expect(lab.distinct.size).toBeGreaterThan(100));
    leader.kill('SIGKILL');
    await eventually(() => expect(standby.status.state).toBe('leading'));
    const written = await load.stop();
    await eventually(() => expect(lab.distinct.size).toBe(written));
    expect(lab.disorder).toEqual([]);
  });

  it('a standby takes over from a leader that hangs, which does no harm when it continues', async () => {
    lab = await RelayLab.open({ source });
    await lab.listen();
    const leader = await startRelay();
    const standby = lab.relay();
    await eventually(() => expect(standby.status.state).toBe('standby'));
    const load = await startLoad();
    await eventually(() => expect(lab.distinct.size).toBeGreaterThan(100));
    leader.kill('SIGSTOP');
    await eventually(() => expect(standby.status.state).toBe('leading'), { timeoutMs: 30_000 });
    const before = lab.distinct.size;
    await eventually(() => expect(lab.distinct.size).toBeGreaterThan(before + 100));
    leader.kill('SIGCONT');
    await eventually(() => expect(lab.distinct.size).toBeGreaterThan(before + 400));
    const written = await load.stop();
    await eventually(() => expect(lab.distinct.size).toBe(written));
    expect(lab.disorder).toEqual([]);
    expect(standby.status.terms).toBe(1);
  });

  it('loses nothing when PostgreSQL is killed and restarted', async () => {
    const postgres = await startPostgres();
    lab = await RelayLab.open({ database: await messagingDatabase(postgres), source });
    const relay = lab.relay();
    await lab.listen();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    const client = await lab.client();
    for (const n of range(0, 100)) await lab.insert(client, [{ key: `k${n % 3}`, n }]);
    await postgres.kill();
    await eventually(() => expect(relay.status.state).toBe('waiting'));
    await postgres.start();
    await eventually(() => expect(relay.status.state).toBe('leading'), { timeoutMs: 30_000 });
    const again = await lab.client();
    for (const n of range(100, 150)) await lab.insert(again, [{ key: `k${n % 3}`, n }]);
    await eventually(() => expect(lab.numbers).toHaveLength(150));
    expect(lab.disorder).toEqual([]);
    await relay.stop();
    await postgres.stop();
  });

  it('raises no alert when PostgreSQL is killed under load, since confirmed positions were stored before', async () => {
    const postgres = await startPostgres();
    lab = await RelayLab.open({ database: await messagingDatabase(postgres), source });
    const relay = lab.relay();
    await lab.listen();
    let written = 0;
    for (const round of range(1, 4)) {
      await eventually(() => expect(relay.status.state).toBe('leading'), { timeoutMs: 30_000 });
      const client = await lab.client();
      const load = (async () => {
        for (; ; written++) await lab.insert(client, [{ key: 'k', n: written }]);
      })().catch(() => undefined);
      await eventually(() => expect(lab.distinct.size).toBeGreaterThan(150 * round));
      await postgres.kill();
      await load;
      // Committed or not, there was no response: its number is not reused.
      written++;
      await postgres.start();
    }
    await eventually(() => expect(relay.status.state).toBe('leading'), { timeoutMs: 30_000 });
    const again = await lab.client();
    await eventually(async () => {
      const { rows } = await again.query<{ n: string }>('SELECT sequence AS n FROM outbox');
      expect(rows.map(({ n }) => Number(n)).filter((n) => !lab.distinct.has(n))).toEqual([]);
    });
    expect(lab.disorder).toEqual([]);
    expect(lab.alarms()).toEqual([]);
    await relay.stop();
    await postgres.stop();
  });

  onlyOfLog('stores no proof while a committed change of the publication waits for a standby', async () => {
    const postgres = await startPostgres();
    lab = await RelayLab.open({ database: await messagingDatabase(postgres), source });
    const relay = lab.relay();
    await lab.listen();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    const [client, migration] = [await lab.client(), await lab.client()];
    const unproved = async () =>
      (await client.query('SELECT FROM outbox, relay_checkpoint WHERE NOT pg_visible_in_snapshot(xid, snapshot)')).rowCount;
    await lab.insert(client, [{ key: 'a', n: 0 }]);
    await eventually(async () => expect(await unproved()).toBe(0));
    const { probe } = await commitsWait(postgres, client, await lab.client());
    await client.query('SET synchronous_commit = local');
    const committing = migration.query("ALTER PUBLICATION messaging_outbox SET (publish = 'update')");
    await eventually(async () => {
      expect(await waiting(client)).toBe(2);
    });
    await lab.insert(client, [{ key: 'a', n: 1 }]);
    const beats = async () => (await client.query<{ at: string }>('SELECT acked_lsn::text AS at FROM relay_checkpoint')).rows[0]?.at;
    for (const _beat of range(0, 3)) {
      const before = await beats();
      await eventually(async () => expect(await beats()).not.toBe(before));
    }
    expect(await unproved()).toBe(1);
    await asAdmin(postgres, 'ALTER SYSTEM RESET synchronous_standby_names', 'SELECT pg_reload_conf()');
    await Promise.all([committing, probe]);
    await eventually(() => expect(relay.status.state).toBe('misconfigured'));
    await client.query("ALTER PUBLICATION messaging_outbox SET (publish = 'insert')");
    await eventually(() => expect(lab.numbers).toEqual([0, 1]));
    await relay.stop();
    await postgres.stop();
  });

  onlyOfLog('raises an alert and loses nothing when PostgreSQL has invalidated its slot', async () => {
    const postgres = await startPostgres();
    await asAdmin(postgres, "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'", 'SELECT pg_reload_conf()');
    lab = await RelayLab.open({ database: await messagingDatabase(postgres), source });
    const relay = lab.relay();
    await lab.listen();
    await eventually(() => expect(relay.status.state).toBe('leading'));
    const client = await lab.client();
    await lab.insert(client, [{ key: 'a', n: 0 }]);
    await eventually(() => expect(lab.numbers).toEqual([0]));
    await relay.stop();
    await lab.insert(
      client,
      range(1, 50).map((n) => ({ key: 'a', n })),
    );
    await eventually(async () => {
      await asAdmin(
        postgres,
        'SELECT pg_switch_wal()',
        'CREATE TABLE IF NOT EXISTS filler (n int)',
        'INSERT INTO filler SELECT generate_series(1, 20000)',
        'CHECKPOINT',
      );
      const { rows } = await client.query<{ wal_status: string }>('SELECT wal_status FROM pg_replication_slots');
      expect(rows[0]?.wal_status).toBe('lost');
    });
    const second = lab.relay();
    await eventually(() => expect(second.status.state).toBe('leading'));
    await lab.insert(client, [{ key: 'a', n: 50 }]);
    await eventually(() => expect(lab.numbers).toHaveLength(51));
    expect(lab.disorder).toEqual([]);
    expect(lab.alarms()).toEqual([expect.stringContaining('invalidated the replication slot')]);
    await second.stop();
    await postgres.stop();
  });

  onlyOfLog('backfills messages committed while its slot was created that are not visible yet', async () => {
    const postgres = await startPostgres();
    lab = await RelayLab.open({ database: await messagingDatabase(postgres), source });
    await lab.listen();
    const [first, second, hidden] = [await lab.client(), await lab.client(), await lab.client()];
    const observer = await lab.client(postgres.adminUrl);
    const begin = async (client: Client, n: number) => {
      await client.query('BEGIN');
      await lab.insert(client, [{ key: `k${n}`, n }]);
    };
    /** The slot is created once all transactions of two moments have ended. */
    const slotWaits = (n: number) =>
      eventually(async () => {
        const { rows } = await observer.query<{ waits: boolean }>(
          `SELECT EXISTS (SELECT FROM pg_stat_activity a, pg_locks mine WHERE a.query LIKE '%create_logical%' AND a.wait_event_type = 'Lock'
            AND mine.pid = $1 AND mine.locktype = 'transactionid' AND mine.granted
            AND EXISTS (SELECT FROM pg_locks w WHERE w.pid = a.pid AND NOT w.granted AND w.transactionid = mine.transactionid)) AS waits`,
          [pids[n]],
        );
        expect(rows[0]?.waits).toBe(true);
      });
    const pidOf = async (client: Client) => (await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
    const pids = [await pidOf(first), await pidOf(second)];

    await begin(first, 0);
    const relay = lab.relay();
    await slotWaits(0);
    await begin(second, 1);
    await first.query('COMMIT');
    await slotWaits(1);
    // Its commit is in the log, but waits for a standby before it becomes visible.
    const { probe } = await commitsWait(postgres, observer, await lab.client());
    await hidden.query('SET synchronous_commit = on');
    await second.query('SET LOCAL synchronous_commit = local');
    await begin(hidden, 2);
    const committing = hidden.query('COMMIT');
    await eventually(async () => {
      expect(await waiting(observer)).toBe(2);
    });
    await second.query('COMMIT');
    await eventually(async () =>
      expect((await observer.query('SELECT FROM pg_replication_slots WHERE confirmed_flush_lsn IS NOT NULL')).rowCount).toBe(1),
    );
    // Long enough for a relay that does not wait to finish the backfill and lead.
    await Promise.race([eventually(() => expect(relay.status.state).toBe('leading'), { timeoutMs: 3_000 }), committing]).catch(
      () => undefined,
    );
    await asAdmin(postgres, 'ALTER SYSTEM RESET synchronous_standby_names', 'SELECT pg_reload_conf()');
    await Promise.all([committing, probe]);
    await eventually(() => expect(relay.status.state).toBe('leading'));
    await eventually(() => expect(lab.numbers.toSorted((a, b) => a - b)).toEqual([0, 1, 2]));
    await relay.stop();
    await postgres.stop();
  });

  it('serves many databases: one that is stuck does not stop the others', async () => {
    lab = await RelayLab.open({ source });
    await lab.listen();
    const stuck = await messagingDatabase();
    const missing = stuck.relayUrl.replace(stuck.name, 'no_such_database');
    const silent = { log: () => undefined, warn: () => undefined, error: () => undefined };
    const relay = new Relay({
      urls: [missing, stuck.relayUrl, lab.database.relayUrl],
      broker: lab.newBroker(),
      logger: silent,
      sourceOf: () => source,
    });
    relay.start();
    const [client, stuckClient] = [await lab.client(), await lab.client(stuck.url)];
    await eventually(() => expect(relay.statuses.map(({ state }) => state)).toEqual(['waiting', 'leading', 'leading']));
    await lab.insert(stuckClient, [{ key: 'a', n: 1, topic: 'no-such-topic' }]);
    await eventually(() => expect(relay.statuses[1]?.state).toBe('waiting'));
    await lab.insert(
      client,
      range(0, 100).map((n) => ({ key: `k${n % 3}`, n })),
    );
    await eventually(() => expect(lab.numbers).toHaveLength(100));
    expect(relay.isReady).toBe(false);
    await relay.stop();
    expect(relay.statuses.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
    await stuck.drop();
  });

  /** Writers that run until stopped; each key has a single writer. */
  async function startLoad(): Promise<{ readonly written: number; stop(): Promise<number> }> {
    const stopping = new AbortController();
    writing.push(stopping);
    const clients = await Promise.all(range(0, 4).map(() => lab.client()));
    const load = { next: 0, written: 0 };
    const writers = clients.map(async (client, w) => {
      while (!stopping.signal.aborted) {
        const rows = range(0, 1 + (load.next % 3)).map(() => ({ key: `order-${w}-${load.next % 5}`, n: load.next++ }));
        await lab.insert(client, rows);
        load.written += rows.length;
        // Fast enough that something is always in progress, slow enough for a busy machine.
        await client.query('SELECT pg_sleep(0.01)');
      }
    });
    return {
      get written() {
        return load.written;
      },
      async stop() {
        stopping.abort();
        await Promise.all(writers);
        return load.written;
      },
    };
  }

  async function startRelay(): Promise<ChildProcess> {
    const hooks = new URL('../../../tools/swc-hooks.mjs', import.meta.url).href;
    const script = new URL('./relay-child.ts', import.meta.url).pathname;
    const args = ['--import', hooks, '--conditions=@ftgo/source', script, lab.database.relayUrl, JSON.stringify(lab.brokerAt), source];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const output: string[] = [];
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => output.push(line));
    await eventually(() => expect(output).toContain('relay is leading'), { timeoutMs: 30_000 });
    return child;
  }
});

/** The number of sessions whose commit waits for a standby. */
const waiting = async (client: Client): Promise<number | null> =>
  (await client.query("SELECT FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).rowCount;

/**
 * Makes commits wait for a standby that does not exist. A setting that one session shows may not apply to another one yet,
 * so commits are tried until one waits; it completes with all others when the setting is reset.
 */
async function commitsWait(postgres: OwnPostgres, observer: Client, session: Client): Promise<{ readonly probe: Promise<unknown> }> {
  await session.query('SET synchronous_commit = on');
  await asAdmin(postgres, "ALTER SYSTEM SET synchronous_standby_names = 'missing'", 'SELECT pg_reload_conf()');
  let probe: Promise<unknown> | undefined;
  await eventually(async () => {
    probe ??= session.query("SELECT pg_logical_emit_message(true, 'probe', '')").finally(() => (probe = undefined));
    expect(await waiting(observer)).toBe(1);
  });
  return { probe: probe as unknown as Promise<unknown> };
}

async function asAdmin({ adminUrl }: OwnPostgres, ...statements: string[]): Promise<void> {
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  for (const statement of statements) await admin.query(statement);
  await admin.end();
}
