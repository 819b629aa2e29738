import { PgSessions, Retention, Transactions } from '@ftgo/messaging';
import { eventually } from '@ftgo/testing';
import pg, { type Client } from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { DatabaseRelay } from '../src/index.js';
import { RelayLab, range } from './relay-lab.js';

let lab: RelayLab;
let client: Client;
let next: number;

const open = async (): Promise<void> => {
  lab = await RelayLab.open();
  client = await lab.client();
  await lab.listen();
  next = 0;
};
afterEach(() => lab.close());

const leading = (relay: DatabaseRelay) => eventually(() => expect(relay.status).toMatchObject({ state: 'leading', isProved: true }));

/** Writes this many messages, each in a separate transaction. */
async function write(messages: number, by = client): Promise<void> {
  for (const n of range(next, next + messages)) await lab.insert(by, [{ key: `k${n % 3}`, n }]);
  next += messages;
}

const allArrived = () => eventually(() => expect(lab.distinct.size).toBe(next));

/** Everything is published, in order, and known to be. */
async function allProved(): Promise<void> {
  await allArrived();
  expect(lab.disorder).toEqual([]);
  await eventually(async () =>
    expect((await client.query('SELECT FROM outbox, relay_checkpoint WHERE NOT pg_visible_in_snapshot(xid, snapshot)')).rowCount).toBe(0),
  );
}

async function leader(): Promise<DatabaseRelay> {
  const relay = lab.relay();
  await leading(relay);
  await write(3);
  await allProved();
  return relay;
}

/** A relay that has led, and has stopped. */
async function stopped(): Promise<void> {
  await (await leader()).stop();
}

/** Runs the statements of the reason, exactly as reported. */
async function repairAsAdvised(relay: DatabaseRelay): Promise<void> {
  await eventually(() => expect(relay.status).toMatchObject({ state: 'misconfigured', isReady: false, isProved: false }));
  const statements = /: ((?:CREATE|ALTER|DROP) .*)$/.exec(relay.status.reason ?? '')?.[1];
  expect(statements).toBeDefined();
  for (const statement of String(statements).split('; ')) await client.query(statement);
}

async function run(...statements: string[]): Promise<void> {
  for (const statement of statements) await client.query(statement);
}

const outOfPublication = 'ALTER PUBLICATION messaging_outbox DROP TABLE outbox';
const intoPublication = 'ALTER PUBLICATION messaging_outbox ADD TABLE outbox';
const unfiltered = "CREATE PUBLICATION messaging_outbox FOR TABLE outbox WITH (publish = 'insert', publish_via_partition_root = true)";
const neededColumns =
  'id, topic, partition_key, type, source, subject, sequence, time, correlation_id, causation_id, extensions, traceparent, tracestate, content_type, data_schema';

/** Rebuilds the table with its rows, as a migration would. */
const rebuilt = [
  'BEGIN',
  'CREATE TABLE outbox_new (LIKE outbox INCLUDING DEFAULTS INCLUDING IDENTITY) PARTITION BY RANGE (created_at)',
  'CREATE TABLE outbox_new_default PARTITION OF outbox_new DEFAULT',
  'INSERT INTO outbox_new OVERRIDING SYSTEM VALUE SELECT * FROM outbox',
  "SELECT setval(pg_get_serial_sequence('outbox_new', 'position'), (SELECT max(position) FROM outbox))",
  'DROP TABLE outbox',
  'ALTER TABLE outbox_new RENAME TO outbox',
  'GRANT SELECT ON outbox TO ftgo_relay',
  'COMMIT',
];

describe('a change that keeps messages out of the log', () => {
  it.each([
    ['the outbox leaves the publication', [outOfPublication]],
    ['the publication is dropped', ['DROP PUBLICATION messaging_outbox']],
    ['the publication is renamed', ['ALTER PUBLICATION messaging_outbox RENAME TO other']],
    ['the publication publishes no inserts', ["ALTER PUBLICATION messaging_outbox SET (publish = 'update')"]],
    ['partitions are published under their own names', ['ALTER PUBLICATION messaging_outbox SET (publish_via_partition_root = false)']],
    ['the publication gets a row filter', ["ALTER PUBLICATION messaging_outbox SET TABLE outbox WHERE (topic = 'other')"]],
    ['the publication gets a column list', [`ALTER PUBLICATION messaging_outbox SET TABLE outbox (${neededColumns})`]],
    ['a partition becomes UNLOGGED', ['ALTER TABLE outbox_default SET UNLOGGED']],
    ['a migration rebuilds the table', rebuilt],
  ])('is detected while the relay leads, and loses nothing once repaired as advised: %s', async (_what, statements) => {
    await open();
    const relay = await leader();
    await run(...statements);
    await write(10);
    await repairAsAdvised(relay);
    await leading(relay);
    await write(3);
    await allProved();
    expect(relay.status.alarms).toBeGreaterThan(0);
  });

  it.each([
    ['the publication is dropped', ['DROP PUBLICATION messaging_outbox']],
    ['the outbox leaves the publication', [outOfPublication]],
    ['a migration rebuilds the table', rebuilt],
  ])('is detected at the next start, and loses nothing once repaired as advised: %s', async (_what, statements) => {
    await open();
    await stopped();
    await run(...statements);
    await write(10);
    const relay = lab.relay();
    await repairAsAdvised(relay);
    await leading(relay);
    await write(3);
    await allProved();
    expect(relay.status.alarms).toBe(2);
  });

  it.each([
    [
      'the publication, by a setting',
      ["ALTER PUBLICATION messaging_outbox SET (publish = '')"],
      ["ALTER PUBLICATION messaging_outbox SET (publish = 'insert')"],
    ],
    ['the publication, by a table', [outOfPublication], [intoPublication]],
    ['the whole publication', ['DROP PUBLICATION messaging_outbox'], [unfiltered]],
    ['a partition', ['ALTER TABLE outbox_default SET UNLOGGED'], ['ALTER TABLE outbox_default SET LOGGED']],
  ])('is detected even if it was reverted between two checks of the relay: %s', async (_what, change, back) => {
    await open();
    const relay = await leader();
    await run(...change);
    await write(5);
    await run(...back);
    await allProved();
    await leading(relay);
    expect(lab.alarms()).toContainEqual(expect.stringMatching(/was (changed|rewritten)/));
    expect(relay.status.backfilled).toBeGreaterThanOrEqual(5);
  });

  it.each([
    ['the publication', [outOfPublication], [intoPublication]],
    ['a partition', ['ALTER TABLE outbox_default SET UNLOGGED'], ['ALTER TABLE outbox_default SET LOGGED']],
  ])('is detected even if it was reverted while no relay was running: %s', async (_what, change, back) => {
    await open();
    await stopped();
    await run(...change);
    await write(5);
    await run(...back);
    const relay = lab.relay();
    await leading(relay);
    await allProved();
    expect(lab.alarms()).toEqual([expect.stringMatching(/was (changed|rewritten)/)]);
  });

  it('is not mistaken for everyday work of retention and operators', async () => {
    await open();
    const relay = await leader();
    const pool = new pg.Pool({ connectionString: lab.database.url, max: 1 });
    const report = await new Retention(new Transactions(new PgSessions(pool))).run();
    await pool.end();
    expect(report?.created).not.toEqual([]);
    await write(3);
    await run('GRANT SELECT ON outbox TO PUBLIC', 'CREATE INDEX ON outbox (id)', 'ANALYZE outbox', 'VACUUM FREEZE outbox', 'VACUUM outbox');
    await run('ALTER TABLE outbox ADD COLUMN note text', 'CREATE TABLE other (n int)', 'CREATE PUBLICATION other FOR TABLE outbox');
    await write(3);
    await allProved();
    expect(relay.status).toMatchObject({ terms: 1, alarms: 0, backfilled: 0 });
    expect(lab.repetitions).toBe(0);
  });

  it('loses nothing of a transaction that began before the change and ends after the repair', async () => {
    await open();
    const relay = await leader();
    const long = await lab.client();
    await long.query('BEGIN');
    await write(2, long);
    await run(outOfPublication);
    await write(2, long);
    await write(4);
    await eventually(() => expect(relay.status.state).toBe('misconfigured'));
    await run(intoPublication);
    await write(2, long);
    await eventually(() => expect(relay.status).toMatchObject({ state: 'waiting', isReady: false }));
    await long.query('COMMIT');
    await leading(relay);
    await write(2);
    await allArrived();
  });

  it('is detected when the outbox is moved to another schema', async () => {
    await open();
    const relay = await leader();
    await run('CREATE SCHEMA other', 'ALTER TABLE outbox SET SCHEMA other', 'SET search_path = other');
    await write(5);
    await run('SET search_path = public');
    await repairAsAdvised(relay);
    await leading(relay);
    await write(1);
    await allProved();
  });
});

describe('a slot that another program has moved', () => {
  const name = () => `${lab.database.name}_outbox`;
  const asAdmin = async (statement: string) => {
    const admin = await lab.client(lab.database.adminUrl);
    await eventually(() => admin.query(statement, [name()]));
  };

  it.each([
    [
      'dropped and created under its name',
      ['SELECT pg_drop_replication_slot($1)', "SELECT pg_create_logical_replication_slot($1, 'pgoutput')"],
    ],
    ['advanced', ['SELECT pg_replication_slot_advance($1, pg_current_wal_lsn())']],
  ])('is detected, and the skipped messages are published: %s', async (_what, statements) => {
    await open();
    await stopped();
    await write(10);
    for (const statement of statements) await asAdmin(statement);
    await write(2);
    const relay = lab.relay();
    await leading(relay);
    await write(2);
    await allProved();
    expect(lab.alarms()).toEqual([expect.stringContaining('moved or recreated by another program')]);
  });

  it('is never confirmed beyond the stored position', async () => {
    await open();
    const relay = await leader();
    const writing = new AbortController();
    const load = (async () => {
      while (!writing.signal.aborted) await write(1, client);
    })();
    const looker = await lab.client();
    const from = relay.status.flow?.checkpointAgeMs;
    expect(from).toBeDefined();
    for (const before = lab.distinct.size; lab.distinct.size < before + 1_000; ) {
      // The slot first: the stored position may only have advanced by then.
      const { rows } = await looker.query<{ confirmed: string }>(
        'SELECT confirmed_flush_lsn::text AS confirmed FROM pg_replication_slots WHERE slot_name = $1',
        [name()],
      );
      const { rowCount } = await looker.query('SELECT FROM relay_checkpoint WHERE acked_lsn >= $1', [rows[0]?.confirmed]);
      expect(rowCount).toBe(1);
    }
    writing.abort();
    await load;
    await allProved();
    expect(relay.status).toMatchObject({ terms: 1, alarms: 0 });
  });
});

describe('the checkpoint', () => {
  it('that was deleted causes everything to be published again, with an alert', async () => {
    await open();
    await stopped();
    await write(2);
    await run('DELETE FROM relay_checkpoint');
    await leading(lab.relay());
    await allProved();
    expect(lab.repetitions).toBe(3);
    expect(lab.alarms()).toEqual([expect.stringContaining('checkpoint is missing')]);
  });

  it('that is deleted while the relay leads ends its term', async () => {
    await open();
    const relay = await leader();
    await run('DELETE FROM relay_checkpoint');
    await eventually(() => expect(lab.alarms()).toEqual([expect.stringContaining('checkpoint is missing')]));
    await leading(relay);
    await write(2);
    await allProved();
  });

  it('that was restored from an older copy causes later messages to be published again', async () => {
    await open();
    const relay = await leader();
    await run('CREATE TABLE copy AS SELECT * FROM relay_checkpoint');
    await write(5);
    await allProved();
    await relay.stop();
    await run('DELETE FROM relay_checkpoint', 'INSERT INTO relay_checkpoint SELECT * FROM copy');
    await write(2);
    await leading(lab.relay());
    await allProved();
    expect(lab.repetitions).toBeGreaterThanOrEqual(5);
    expect(lab.alarms()).toEqual([expect.stringContaining('moved or recreated')]);
  });

  it('of an older relay version, which stored no proof, is used without an alert', async () => {
    await open();
    await stopped();
    await run('UPDATE relay_checkpoint SET proof = NULL');
    await write(5);
    const relay = lab.relay();
    await leading(relay);
    await write(1);
    await allProved();
    expect(lab.repetitions).toBe(0);
    expect(relay.status.alarms).toBe(0);
  });

  it('does not advance while a publication is being changed', async () => {
    await open();
    await leader();
    const migration = await lab.client();
    await migration.query('BEGIN');
    await migration.query("ALTER PUBLICATION messaging_outbox SET (publish = 'insert, update')");
    const seen = async () =>
      (await client.query('SELECT FROM outbox, relay_checkpoint WHERE pg_visible_in_snapshot(xid, snapshot)')).rowCount;
    // One snapshot may have been taken before.
    await write(1);
    await allArrived();
    const { rows } = await client.query<{ at: string }>('SELECT acked_lsn::text AS at FROM relay_checkpoint');
    await eventually(async () => {
      const moved = await client.query('SELECT FROM relay_checkpoint WHERE acked_lsn > $1::pg_lsn + 200', [rows[0]?.at]);
      expect(moved.rowCount).toBe(1);
    });
    await write(5);
    await allArrived();
    const { rows: later } = await client.query<{ at: Date }>('SELECT clock_timestamp() AS at');
    await eventually(async () => {
      const found = await client.query("SELECT FROM relay_checkpoint WHERE clock_timestamp() > $1::timestamptz + interval '2.5 s'", [
        later[0]?.at,
      ]);
      expect(found.rowCount).toBe(1);
    });
    expect(await seen()).toBeLessThanOrEqual(4);
    await migration.query('ROLLBACK');
    await allProved();
    expect(lab.alarms()).toEqual([]);
  });
});

describe('a message in the log', () => {
  it('is published even if its row was deleted or its partition detached', async () => {
    await open();
    await stopped();
    await write(3);
    await run('TRUNCATE outbox');
    await write(3);
    await run('DELETE FROM outbox');
    await run("CREATE TABLE outbox_old PARTITION OF outbox FOR VALUES FROM ('2001-01-01') TO ('2001-01-02')");
    await lab.insert(client, [{ key: 'old', n: next++, columns: { created_at: '2001-01-01' } }]);
    await run('ALTER TABLE outbox DETACH PARTITION outbox_old');
    await leading(lab.relay());
    await allArrived();
  });

  it('is not published if it belongs to the outbox of another schema in the publication', async () => {
    await open();
    const relay = await leader();
    await run(
      'CREATE SCHEMA other',
      'CREATE TABLE other.outbox (LIKE outbox INCLUDING ALL)',
      'ALTER PUBLICATION messaging_outbox ADD TABLE other.outbox',
    );
    await eventually(() => expect(relay.status.terms).toBe(2));
    await run('SET search_path = other');
    await lab.insert(client, [{ key: 'foreign', n: 999 }]);
    await run('SET search_path = public');
    await write(2);
    await allProved();
    expect(lab.distinct.has(999)).toBe(false);
  });

  it('is published while row security hides the table; a backfill waits until every row is visible', async () => {
    await open();
    await stopped();
    await run('ALTER TABLE outbox ENABLE ROW LEVEL SECURITY', outOfPublication);
    await write(5);
    await run(intoPublication);
    const relay = lab.relay();
    await eventually(() =>
      expect(relay.status).toMatchObject({ state: 'misconfigured', reason: expect.stringContaining('row security') as unknown }),
    );
    await repairAsAdvised(relay);
    await leading(relay);
    await allProved();
  });
});
