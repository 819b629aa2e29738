import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { messagingDatabase } from '@ftgo/testing/messaging';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { messagingSchemaDowngrade, messagingSchemaUpgrade } from '../src/index.js';

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

/**
 * Columns, and the names of tables, indexes, sequences and constraints, except those of NOT NULL, which only PostgreSQL 18
 * lists.
 */
async function tablesOf(on: Pick<pg.ClientBase, 'query'>): Promise<{ columns: unknown[]; names: unknown[] }> {
  const { rows: columns } = await on.query(
    `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
      WHERE table_schema = 'public' ORDER BY 1, 2`,
  );
  const { rows: names } = await on.query(
    `SELECT relname::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
      UNION ALL SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1`,
  );
  return { columns, names };
}

const sagaMessage = `INSERT INTO outbox (id, topic, partition_key, type, source, subject, time, correlation_id, causation_id,
    saga_id, saga_step, reply_to, content_type, data_schema, payload)
  VALUES (gen_random_uuid(), 't', 'k', 'x', '/s', 'k', now(), 'c', 'c', 's1', 'take "stock"', 'replies', 'application/json', 'd', '')`;
const eventMessage = `INSERT INTO outbox (id, topic, partition_key, type, source, subject, time, correlation_id, causation_id,
    content_type, data_schema, payload)
  VALUES (gen_random_uuid(), 't', 'k', 'x', '/s', 'k', now(), 'c', 'c', 'application/json', 'd', '')`;
const deadLetter = `INSERT INTO held_message (consumer_group, message_id, topic, partition, kafka_offset, headers, status)
  VALUES ('g', gen_random_uuid(), 't', 2, 42, '{}', 'dead')`;

it('upgrades tables of the previous version to those of a new database, any number of times', async () => {
  await upgrade();
  await upgrade();
  const fresh = await messagingDatabase();
  try {
    expect(await tablesOf(client)).toEqual(await tablesOf(fresh.pool));
  } finally {
    await fresh.close();
  }
});

it('can be reverted, keeping the data, and applied again', async () => {
  const former = await tablesOf(client);
  await client.query(sagaMessage);
  await client.query(deadLetter);
  await upgrade();
  const upgraded = await tablesOf(client);
  for (const statement of messagingSchemaDowngrade) await client.query(statement);
  expect(await tablesOf(client)).toEqual(former);
  expect((await client.query('SELECT saga_id, saga_step, reply_to, outcome FROM outbox')).rows).toEqual([
    { saga_id: 's1', saga_step: 'take "stock"', reply_to: 'replies', outcome: null },
  ]);
  expect((await client.query('SELECT kafka_offset FROM held_message')).rows).toEqual([{ kafka_offset: '42' }]);
  await upgrade();
  expect(await tablesOf(client)).toEqual(upgraded);
});

it('preserves the saga headers of messages, and the dead letters', async () => {
  for (const statement of [sagaMessage, eventMessage, deadLetter]) await client.query(statement);
  await upgrade();
  expect((await client.query('SELECT extensions FROM outbox ORDER BY position')).rows).toEqual([
    { extensions: { ce_sagaid: 's1', ce_sagastep: 'take "stock"', ce_replyto: 'replies' } },
    { extensions: null },
  ]);
  expect((await client.query('SELECT topic, partition, position, status FROM dead_letter')).rows).toEqual([
    { topic: 't', partition: 2, position: '42', status: 'dead' },
  ]);
});
