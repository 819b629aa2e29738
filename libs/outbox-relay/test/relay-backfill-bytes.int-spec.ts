import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { UnpublishedRows } from '../src/backfill/unpublished-rows.js';
import { RelayLab } from './relay-lab.js';

const mib = 1024 * 1024;
let lab: RelayLab;
let client: Client;

beforeAll(async () => {
  lab = await RelayLab.open();
  client = new Client({ connectionString: lab.database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await lab.close();
});

it('a backfill fetches 50 rows at a time, or as many large ones as fit into 4 MiB', async () => {
  await client.query(
    `INSERT INTO outbox (id, topic, partition_key, type, source, subject, sequence, time, correlation_id, causation_id, content_type, data_schema, payload)
    SELECT gen_random_uuid(), $1, 'k', 't', 's', 's', n::text, now(), 'c', 'c', 'application/json', 'd',
      convert_to(repeat('x', CASE WHEN n <= 60 THEN 10 WHEN n <= 70 THEN 1000000 WHEN n = 71 THEN 6000000 ELSE 10 END), 'UTF8')
    FROM generate_series(1, 80) AS n`,
    [lab.topic],
  );
  await client.query('BEGIN');
  const rows = await UnpublishedRows.open(client, '', { url: lab.database.url, applicationName: 'backfill' });
  const takes: { count: number; bytes: number }[] = [];
  const numbers: number[] = [];
  for (let taken = await rows.next(); taken.length > 0; taken = await rows.next()) {
    takes.push({ count: taken.length, bytes: taken.reduce((sum, { payload }) => sum + (payload?.length ?? 0), 0) });
    numbers.push(...taken.map(({ sequence }) => Number(sequence)));
  }
  await client.query('COMMIT');
  expect(numbers).toEqual(Array.from({ length: 80 }, (_, i) => i + 1));
  expect(takes[0]?.count).toBe(50);
  expect(takes.filter(({ bytes, count }) => bytes > 4 * mib && count > 1)).toEqual([]);
  expect(takes.some(({ bytes, count }) => bytes === 6_000_000 && count === 1)).toBe(true);
});
