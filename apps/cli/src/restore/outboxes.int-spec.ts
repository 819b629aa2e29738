import { randomUUID } from 'node:crypto';
import { messagingSchema } from '@ftgo/messaging';
import type { ReceivedRecord } from '@ftgo/messaging/broker';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Outboxes } from './outboxes.js';

const dayMs = 86_400_000;
const service = 'order-service';

describe('what stays in the topics after a restore', () => {
  let database: TestDatabase;
  let client: Client;

  beforeAll(async () => {
    database = await testDatabase();
    client = new Client({ connectionString: database.url });
    await client.connect();
    for (const statement of messagingSchema('ftgo_relay')) await client.query(statement);
  });
  afterAll(async () => {
    await client?.end();
    await database?.drop();
  });

  const daysAgo = (days: number) => new Date(Date.now() - days * dayMs);
  const record = (id: string, time: Date, { topic = 'ftgo.order.events', sender = service } = {}): ReceivedRecord => ({
    topic,
    partition: 0,
    position: '0',
    key: undefined,
    value: undefined,
    headers: new Map(
      Object.entries({ ce_id: id, ce_time: time.toISOString(), ce_source: `/${sender}/orders/1` }).map(([name, text]) => [
        name,
        Buffer.from(text),
      ]),
    ),
  });
  const sent = async (createdAt: Date): Promise<string> => {
    const id = randomUUID();
    await client.query(
      `INSERT INTO outbox (created_at, id, topic, partition_key, type, source, subject, time, correlation_id, causation_id, content_type, data_schema, payload)
        VALUES ($1, $2, 't', 'k', 't', 's', 's', $1, 'c', 'c', 'j', 'd', '')`,
      [createdAt, id],
    );
    return id;
  };
  /** The checkpoint of a relay that published everything until this time. */
  const published = (until: Date) =>
    client.query(
      `INSERT INTO relay_checkpoint (name, acked_lsn, snapshot, system_identifier, updated_at) VALUES ('s', '0/0', '1:1:', '', $1)
        ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at`,
      [until],
    );
  const kept = async (...records: readonly ReceivedRecord[]) => {
    const outboxes = await Outboxes.open(new Map([[service, database.url]]));
    try {
      const stay = await outboxes.keep(records);
      return records.map((each) => stay.includes(each));
    } finally {
      await outboxes.close();
    }
  };

  it('is what was published before the relay last stored its progress, if the outbox is empty', async () => {
    await published(daysAgo(0.1));
    expect(await kept(record(randomUUID(), daysAgo(30)), record(randomUUID(), daysAgo(0.05)))).toEqual([true, false]);
  });

  it('is what the outbox has, and what is older than its rows', async () => {
    const known = await sent(daysAgo(1));
    await published(daysAgo(0));
    expect(await kept(record(known, daysAgo(1)), record(randomUUID(), daysAgo(0.01)), record(randomUUID(), daysAgo(2)))).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('includes records whose sender is not a service', async () => {
    expect(await kept(record(randomUUID(), daysAgo(0), { sender: 'elsewhere' }))).toEqual([true]);
  });

  it('does not include commands or replies that may have been handled before the inbox begins', async () => {
    const topic = 'ftgo.kitchen.commands';
    expect(await kept(record(randomUUID(), daysAgo(7), { topic }), record(randomUUID(), daysAgo(5), { topic }))).toEqual([false, true]);
  });
});
