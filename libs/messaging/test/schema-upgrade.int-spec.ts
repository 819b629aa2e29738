import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { messagingDatabase } from '@ftgo/testing/messaging';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { messagingSchemaUpgrade } from '../src/index.js';

let database: TestDatabase;
let client: pg.Client;
beforeEach(async () => {
  database = await testDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(readFileSync(join(import.meta.dirname, 'fixtures', 'schema-of-november.sql'), 'utf8'));
});
afterEach(async () => {
  await client.end();
  await database.drop();
});

const upgrade = async () => {
  for (const statement of messagingSchemaUpgrade('ftgo_relay')) await client.query(statement);
};

const columnsOf = async (on: Pick<pg.Client, 'query'>) =>
  (
    await on.query<{ it: string }>(
      `SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable AS it FROM information_schema.columns
        WHERE table_schema = 'public' ORDER BY 1`,
    )
  ).rows.map(({ it: column }) => column);

it('brings tables of the former version to what a new database has, any number of times', async () => {
  await upgrade();
  await upgrade();
  const fresh = await messagingDatabase();
  try {
    expect(await columnsOf(client)).toEqual(await columnsOf(fresh.pool as unknown as pg.Client));
    const names = `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1`;
    expect((await client.query(names)).rows).toEqual((await fresh.pool.query(names)).rows);
  } finally {
    await fresh.close();
  }
});

it('keeps what messages said of their saga, and what could not be handled', async () => {
  await client.query(`INSERT INTO outbox (id, topic, partition_key, type, source, subject, time, correlation_id, causation_id,
      saga_id, saga_step, reply_to, content_type, data_schema, payload)
    VALUES (gen_random_uuid(), 't', 'k', 'x', '/s', 'k', now(), 'c', 'c', 's1', 'take "stock"', 'replies', 'application/json', 'd', ''),
      (gen_random_uuid(), 't', 'k', 'x', '/s', 'k', now(), 'c', 'c', NULL, NULL, NULL, 'application/json', 'd', '')`);
  await client.query(`INSERT INTO held_message (consumer_group, message_id, topic, partition, kafka_offset, headers, status)
    VALUES ('g', gen_random_uuid(), 't', 2, 42, '{}', 'dead')`);
  await upgrade();
  expect((await client.query('SELECT extensions FROM outbox ORDER BY position')).rows).toEqual([
    { extensions: { ce_sagaid: 's1', ce_sagastep: 'take "stock"', ce_replyto: 'replies' } },
    { extensions: null },
  ]);
  expect((await client.query('SELECT topic, partition, position, status FROM dead_letter')).rows).toEqual([
    { topic: 't', partition: 2, position: '42', status: 'dead' },
  ]);
});
