import { eventually, type TestDatabase, testDatabase } from '@ftgo/testing';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensureSchema, schemaLock } from '../src/schema.js';

let database: TestDatabase;
let clients: Client[];

beforeEach(async () => {
  database = await testDatabase();
  clients = [new Client(database.url), new Client(database.url)];
  await Promise.all(clients.map((client) => client.connect()));
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await database.drop();
});

it('is created once by two processes that start at the same time', async () => {
  const [first, second] = clients as [Client, Client];
  await first.query('BEGIN');
  await first.query('SELECT pg_advisory_xact_lock($1)', [schemaLock]);
  // It has seen that there is no schema, and now waits for the lock.
  const created = ensureSchema(second);
  await eventually(async () => {
    const { rowCount } = await first.query(
      `SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted`,
    );
    expect(rowCount).toBe(1);
  });
  await ensureSchema(first);
  await created;
  const { rows } = await second.query<{ version: number }>('SELECT version FROM broker.schema_version');
  expect(rows).toHaveLength(1);
});
