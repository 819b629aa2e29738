import { eventually } from '@ftgo/testing';
import { messagingDatabase } from '@ftgo/testing/messaging';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Retention, SlotProgress } from '../src/index.js';
import { outboxProblem } from '../src/operations.js';

const slot = 'slot_of_another';
let database: Awaited<ReturnType<typeof messagingDatabase>>;
let admin: pg.Client;
let progress: SlotProgress;
beforeEach(async () => {
  database = await messagingDatabase();
  admin = new pg.Client({ connectionString: database.adminUrl });
  await admin.connect();
  await admin.query(`SELECT pg_create_logical_replication_slot($1, 'pgoutput')`, [slot]);
  progress = new SlotProgress(slot);
});
afterEach(async () => {
  await admin.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1', [slot]);
  await admin.end();
  await database.close();
});

const insert = `INSERT INTO outbox (id, topic, partition_key, type, source, subject, time, correlation_id, causation_id, content_type, data_schema, payload)
  VALUES (gen_random_uuid(), 't', 'k', 'x', '/s', 'k', now(), 'c', 'c', 'application/json', 'd', '')`;
const check = () => database.transactions.run((transaction) => progress.read(transaction));
/** Simulates a reader of the slot that has published everything in the log. */
const publishAll = async () => {
  // A commit, so that everything before it is flushed: a slot advances no further.
  await admin.query(`SELECT pg_logical_emit_message(true, 'test', '')`);
  await admin.query('SELECT pg_replication_slot_advance($1, pg_current_wal_insert_lsn())', [slot]);
};
const published = async () =>
  (await database.rows('SELECT FROM outbox, relay_checkpoint WHERE proof IS NOT NULL AND pg_visible_in_snapshot(xid, snapshot)')).length;

describe('the progress of another publisher that uses a replication slot', () => {
  it('is unknown until the slot has passed a moment, and then as old as that check', async () => {
    await database.pool.query(insert);
    expect(await check()).toBeUndefined();
    expect(await check()).toBeUndefined();
    await publishAll();
    expect((await check())?.checkpointAgeSeconds).toBeLessThan(1);
    expect(await published()).toBe(1);
  });

  it('proves what was committed before that moment, and nothing later', async () => {
    await database.pool.query(insert);
    await check();
    await database.pool.query(insert);
    await publishAll();
    await database.pool.query(insert);
    await check();
    expect(await published()).toBe(1);
    await publishAll();
    await check();
    expect(await published()).toBe(3);
  });

  it('does not advance while the slot does not', async () => {
    await check();
    await publishAll();
    await check();
    await database.pool.query(insert);
    for (let checks = 0; checks < 3; checks++) await check();
    expect(await published()).toBe(0);
    await database.pool.query(`UPDATE relay_checkpoint SET updated_at = clock_timestamp() - interval '1 min'`);
    const problem = () => database.transactions.run((transaction) => outboxProblem(transaction, progress));
    expect(await problem()).toContain('messages are not published');
    await publishAll();
    expect(await problem()).toBeUndefined();
  });

  it('advances the log of an idle database with each check', async () => {
    await check();
    const end = async () => (await admin.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn')).rows[0]?.lsn;
    const before = await end();
    await check();
    expect(await end()).not.toBe(before);
  });

  it('proves nothing of an uncommitted transaction that runs the check itself', async () => {
    await database.transactions.run(async (transaction) => {
      await transaction.query({ text: insert });
      await database.pool.query(insert);
      await progress.read(transaction);
      await publishAll();
      await check();
    });
    expect(await published()).toBe(0);
    await check();
    await publishAll();
    await check();
    expect(await published()).toBe(2);
  });

  it('lets retention drop what it proves, and keeps the rest', async () => {
    await database.pool.query(insert);
    await database.pool.query(`UPDATE outbox SET created_at = now() - interval '3 days'`);
    const retention = new Retention(database.transactions, { progress });
    await retention.run();
    expect(await database.rows('SELECT FROM outbox')).toHaveLength(1);
    // A transaction in another database of the server may be older: until it ends, what it could see is kept.
    await eventually(async () => {
      await publishAll();
      await retention.run();
      expect(await database.rows('SELECT FROM outbox')).toHaveLength(0);
    });
  });

  it('is that of the slot of this database only', async () => {
    progress = new SlotProgress('no_such_slot');
    await check();
    await publishAll();
    expect(await check()).toBeUndefined();
  });
});
