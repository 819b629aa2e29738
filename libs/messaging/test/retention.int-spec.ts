import { eventually } from '@ftgo/testing';
import { messagingDatabase, PriceChanged } from '@ftgo/testing/messaging';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Outbox, occurred, Retention } from '../src/index.js';

let database: Awaited<ReturnType<typeof messagingDatabase>>;
let outbox: Outbox;
const dayMs = 86_400_000;
const today = Date.now();
const inDays = (days: number) => new Date(today + days * dayMs);

beforeAll(async () => {
  database = await messagingDatabase();
  outbox = new Outbox(database.transactions);
});
afterAll(() => database.close());

const publish = () =>
  database.transactions.run(async () => outbox.publish({ id: 1, version: 1 }, [occurred(PriceChanged, { item: 'pen', cents: 1 })]));
const partitionsWithRows = (table: string) =>
  database
    .rows<{ name: string }>(`SELECT DISTINCT tableoid::regclass::text AS name FROM ${table}`)
    .then((rows) => rows.map(({ name }) => name));

describe('retention', () => {
  it('creates the partitions of the coming days, once', async () => {
    const report = await new Retention(database.transactions).run();
    expect(report).toMatchObject({ daysAhead: 3, dropped: [] });
    expect(report?.created).toHaveLength(8);
    expect((await new Retention(database.transactions).run())?.created).toEqual([]);
  });

  it('stores a message, and its inbox row, in the partition of its day', async () => {
    const day = new Date(today).toISOString().slice(0, 10).replaceAll('-', '');
    await publish();
    await database.pool.query('INSERT INTO inbox (consumer_group, message_id) VALUES ($1, $2)', ['g', uuidv7()]);
    expect(await partitionsWithRows('outbox')).toEqual([`outbox_${day}`]);
    expect(await partitionsWithRows('inbox')).toEqual([`inbox_${day}`]);
  });

  it('drops no message that the relay has not proved to be published, however old', async () => {
    await new Retention(database.transactions).run(inDays(30));
    expect(await database.rows('SELECT FROM outbox')).toHaveLength(1);
    await checkpoint(`'1:1:'`);
    await new Retention(database.transactions).run(inDays(30));
    expect(await database.rows('SELECT FROM outbox')).toHaveLength(1);
  });

  it.each([
    ['a backfill is pending', 'backfill_pending = true'],
    ['the checkpoint was stored by a relay that proved nothing', 'proof = NULL'],
    ['the checkpoint was stored in another server, from which the data was restored', "system_identifier = '1'"],
  ])('drops no message while %s', async (_what, change) => {
    await checkpoint('pg_current_snapshot()');
    await database.pool.query(`UPDATE relay_checkpoint SET ${change}`);
    await new Retention(database.transactions).run(inDays(30));
    expect(await database.rows('SELECT FROM outbox')).toHaveLength(1);
  });

  it('drops what was published and is old', async () => {
    // Transactions of other databases delay the moment from which all is visible.
    await eventually(async () => {
      await checkpoint('pg_current_snapshot()');
      expect((await new Retention(database.transactions).run(inDays(30)))?.dropped).not.toEqual([]);
    });
    expect(await database.rows('SELECT FROM outbox')).toHaveLength(0);
  });

  it('eventually deletes rows from before there was a partition for them, unless unpublished', async () => {
    const { pool, rows, transactions } = database;
    const left = async () =>
      (await rows<{ key: string }>('SELECT partition_key AS key FROM ONLY outbox_default ORDER BY 1')).map(({ key }) => key);
    for (const [key, daysAgo] of [
      ['old', 40],
      ['old and unpublished', 40],
      ['not old', -20],
    ] as const) {
      await pool.query(
        `INSERT INTO outbox (created_at, xid, id, topic, partition_key, type, source, subject, time, correlation_id, causation_id, content_type, data_schema, payload)
          VALUES ($2, ${key === 'old and unpublished' ? `'9000000000000'` : 'DEFAULT'}, gen_random_uuid(), 't', $1, 't', 's', 's', now(), 'c', 'c', 'c', 'd', '')`,
        [key, inDays(-daysAgo)],
      );
    }
    // Foreign ids contain no time.
    for (const daysAgo of [40, 1]) await pool.query(`INSERT INTO inbox_default VALUES ('g', gen_random_uuid(), $1)`, [inDays(-daysAgo)]);
    // Transactions of other databases delay the moment from which all is visible.
    await eventually(async () => {
      await checkpoint('pg_current_snapshot()');
      await new Retention(transactions).run();
      expect(await left()).toEqual(['not old', 'old and unpublished']);
    });
    expect(await rows('SELECT FROM inbox_default')).toHaveLength(1);
    await pool.query('TRUNCATE outbox, inbox');
  });

  it('eventually deletes rows that another server wrote before the data was restored, and nothing else', async () => {
    const { pool, rows, transactions } = database;
    const insert = (key: string, xid: string) =>
      pool.query(
        `INSERT INTO outbox (created_at, xid, id, topic, partition_key, type, source, subject, time, correlation_id, causation_id, content_type, data_schema, payload)
          VALUES ($2, $3, gen_random_uuid(), 't', $1, 't', 's', 's', now(), 'c', 'c', 'c', 'd', '')`,
        [key, inDays(-40), xid],
      );
    await insert('restored', '9000000000000');
    await checkpoint('pg_current_snapshot()');
    await pool.query(`UPDATE relay_checkpoint SET (restored_position, restored_created_at, restored_xid) =
      (SELECT max(position), max(created_at), '8000000000000'::xid8 FROM outbox)`);
    // As a local row with that xid would be, once this server has reached it.
    await insert('ours', '9000000000002');
    await new Retention(transactions).run();
    expect(await rows('SELECT partition_key AS key FROM outbox')).toEqual([{ key: 'ours' }]);
    await pool.query('TRUNCATE outbox');
  });

  it('deletes resolved dead letters after their time; others wait for an operator, however long', async () => {
    const { pool, rows, transactions } = database;
    for (const status of ['deferred', 'dead', 'parked', 'redriven', 'discarded']) {
      for (const daysAgo of [10, 40]) {
        await pool.query(
          `INSERT INTO dead_letter (consumer_group, message_id, topic, partition, position, headers, status, error, stored_at, changed_at)
            VALUES ('g', gen_random_uuid(), 't', 0, '1', '{}', $1, $2, $3, $3)`,
          [status, `${status} ${daysAgo}`, inDays(-daysAgo)],
        );
      }
    }
    const left = async () => (await rows<{ error: string }>('SELECT error FROM dead_letter ORDER BY id')).map(({ error }) => error);
    const open = ['deferred 10', 'deferred 40', 'dead 10', 'dead 40', 'parked 10', 'parked 40'];
    await new Retention(transactions).run();
    expect(await left()).toEqual([...open, 'redriven 10', 'discarded 10']);
    await new Retention(transactions, { deadLetterDays: 7 }).run();
    expect(await left()).toEqual(open);
    await pool.query('TRUNCATE dead_letter');
  });

  it('uses the clock of the database, not that of a process that is days ahead', async () => {
    const { pool, rows, transactions } = database;
    await new Retention(transactions).run();
    await pool.query('INSERT INTO inbox (consumer_group, message_id) VALUES ($1, $2)', ['g', uuidv7({ msecs: today })]);
    vi.useFakeTimers({ toFake: ['Date'], now: inDays(20) });
    try {
      await new Retention(transactions).run();
    } finally {
      vi.useRealTimers();
    }
    expect(await rows('SELECT FROM inbox')).toHaveLength(1);
    await pool.query('TRUNCATE inbox');
  });

  it('runs in one instance at a time', async () => {
    const lock = await database.pool.connect();
    await lock.query('BEGIN');
    await lock.query('SELECT pg_advisory_xact_lock(7265001)');
    expect(await new Retention(database.transactions).run()).toBeUndefined();
    await lock.query('ROLLBACK');
    lock.release();
  });

  it('gives priority to business transactions', async () => {
    const business = await database.pool.connect();
    await business.query('BEGIN');
    await business.query('INSERT INTO inbox_default (consumer_group, message_id) VALUES ($1, gen_random_uuid())', ['g']);
    await business.query('LOCK TABLE inbox, outbox IN ACCESS SHARE MODE');
    await expect(new Retention(database.transactions).run(inDays(60))).rejects.toThrow('lock timeout');
    await business.query('ROLLBACK');
    business.release();
    expect((await new Retention(database.transactions).run(inDays(60)))?.created).toHaveLength(8);
  });
});

const checkpoint = (snapshot: string) =>
  database.pool.query(`INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, proof)
    SELECT 'outbox', '0/0', ${snapshot}, system_identifier, '{}' FROM pg_control_system()
    ON CONFLICT (name) DO UPDATE SET snapshot = excluded.snapshot, system_identifier = excluded.system_identifier, proof = excluded.proof,
      backfill_pending = false`);
