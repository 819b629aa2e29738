import { Producer } from '@platformatic/kafka';
import { Client } from 'pg';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { endWaitsAt } from '../src/eventually.js';
import {
  becauseNoKafka,
  createTopic,
  eventually,
  noKafka,
  readTopic,
  startKafka,
  startPostgres,
  testDatabase,
  testKafka,
  uniqueName,
} from '../src/index.js';

const query = async (url: string, text: string) => {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
};

const send = async (brokers: string, topic: string, value: string) => {
  const producer = new Producer({ clientId: 'spec', bootstrapBrokers: brokers.split(',') });
  await producer.send({
    messages: [{ topic, key: Buffer.from('7'), value: Buffer.from(value), headers: new Map([[Buffer.from('ce_id'), Buffer.from('1')]]) }],
  });
  await producer.close();
};

describe('a test database', () => {
  it('is accessible to its owner and the relay only', async () => {
    const mine = await testDatabase();
    const yours = await testDatabase();
    await query(mine.url, 'CREATE TABLE dish (id int)');
    expect(await query(yours.url, "SELECT to_regclass('dish') AS dish")).toEqual([{ dish: null }]);
    const slot = `${mine.name}_outbox`;
    await query(mine.relayUrl, `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`);
    await expect(query(mine.url, `SELECT pg_create_logical_replication_slot('mine', 'pgoutput')`)).rejects.toThrow(/permission denied/);
    const elsewhere = new URL(mine.url);
    elsewhere.pathname = '/postgres';
    await expect(query(elsewhere.href, 'SELECT 1')).rejects.toThrow(/permission denied/);
    await mine.drop();
    await yours.drop();
    await expect(query(mine.url, 'SELECT 1')).rejects.toThrow(/does not exist/);
  });

  it('is created from a template that is prepared once', async () => {
    let prepared = 0;
    const template = {
      name: uniqueName('menu'),
      prepare: (url: string) => {
        prepared += 1;
        return query(url, 'CREATE TABLE menu (id int); INSERT INTO menu VALUES (1)');
      },
    };
    const databases = await Promise.all([testDatabase({ template }), testDatabase({ template })]);
    expect(prepared).toBe(1);
    for (const database of databases) {
      expect(await query(database.url, 'INSERT INTO menu VALUES (2) RETURNING id')).toEqual([{ id: 2 }]);
      await database.drop();
    }
  });
});

describe.skipIf(noKafka)(`the shared Kafka${becauseNoKafka}`, () => {
  it('preserves records, with key and headers', async () => {
    const { brokers } = await testKafka();
    const topic = uniqueName('ftgo.test');
    await createTopic(brokers, topic);
    await send(brokers, topic, 'ajanta');
    const reader = await readTopic(brokers, topic);
    const [record] = await reader.take(1);
    expect(record).toMatchObject({ key: '7', headers: { ce_id: '1' } });
    expect(String(record?.value)).toBe('ajanta');
    await reader.close();
  });
});

describe('private servers of a spec', () => {
  const own: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(own.map((stop) => stop())));

  it('a Postgres has its data after kill -9', async () => {
    const server = await startPostgres();
    own.push(() => server.kill());
    const { url } = await testDatabase({ server });
    await query(url, 'CREATE TABLE dish AS SELECT 5 AS id');
    await server.kill();
    await expect(query(url, 'SELECT 1')).rejects.toThrow();
    await server.start();
    expect(await query(url, 'SELECT id FROM dish')).toEqual([{ id: 5 }]);
  });

  it.skipIf(noKafka)(`a Kafka has its records after kill -9${becauseNoKafka}`, async () => {
    const server = await startKafka();
    own.push(() => server.kill());
    const topic = uniqueName('ftgo.test');
    await createTopic(server.brokers, topic);
    await send(server.brokers, topic, 'before');
    await server.kill();
    await server.start();
    await send(server.brokers, topic, 'after');
    const reader = await readTopic(server.brokers, topic);
    expect((await reader.take(2)).map(({ value }) => String(value))).toEqual(['before', 'after']);
    await reader.close();
  });
});

describe('eventually', () => {
  it('returns the result of the first successful attempt', async () => {
    let attempts = 0;
    const result = await eventually(() => {
      attempts += 1;
      if (attempts < 3) throw new Error('not yet');
      return 'done';
    });
    expect(result).toBe('done');
  });

  it('throws the last failure at the time limit', async () => {
    const never = () => Promise.reject(new Error('still pending'));
    await expect(eventually(never, { timeoutMs: 50 })).rejects.toThrow('timed out after 50 ms: still pending');
  });

  it('ends immediately if an obstacle is known, unless the attempt succeeds', async () => {
    onTestFinished(endWaitsAt(() => 'the service has ended'));
    const never = () => Promise.reject(new Error('still pending'));
    await expect(eventually(never)).rejects.toThrow('the service has ended');
    expect(await eventually(() => 'done')).toBe('done');
  });

  it('does not wait for an attempt that hangs', async () => {
    const hang = () => new Promise<never>(() => {});
    await expect(eventually(hang, { timeoutMs: 50 })).rejects.toThrow('did not return');
  });
});
