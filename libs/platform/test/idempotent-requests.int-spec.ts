import { DomainError, Money } from '@ftgo/kernel';
import { caller, type Principal } from '@ftgo/security';
import { eventually, type TestDatabase, testDatabase } from '@ftgo/testing';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  Database,
  DatabaseModule,
  IdempotentRequests,
  idempotencyKey,
  idempotencyKeys,
  idempotentOperations,
  readIdempotencyKey,
  runMigrations,
  sqlMigration,
} from '../src/index.js';

const operation = 'book';
const table = 'CREATE TABLE booking (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seats int NOT NULL)';
const operations = idempotentOperations(3, { route: 'POST /bookings', operation });
const migrations = [sqlMigration('Bookings', 1, [table], []), idempotencyKeys(2), operations];

describe('a request with an Idempotency-Key', () => {
  let testDb: TestDatabase;
  let app: INestApplicationContext;
  let database: Database;
  let requests: IdempotentRequests;

  beforeAll(async () => {
    testDb = await testDatabase();
    await runMigrations(testDb.url, migrations, { print: () => {} });
    app = await NestFactory.createApplicationContext(DatabaseModule.forRoot({ url: testDb.url, entities: [] }), { logger: false });
    [database, requests] = [app.get(Database), app.get(IdempotentRequests)];
  });
  beforeEach(() => database.query('TRUNCATE booking, idempotency_key'));
  afterAll(async () => {
    await app.close();
    await testDb.drop();
  });

  const insert = async (seats: number): Promise<number> =>
    (await database.query<{ id: number }>('INSERT INTO booking (seats) VALUES ($1) RETURNING id', [seats]))[0]!.id;
  const book = (key: string | undefined, request: object = { seats: 2 }, work: () => Promise<number> = () => insert(2), by = operation) =>
    idempotencyKey.run(key, () => requests.once(by, request, work));
  const bookings = async () => (await database.query('SELECT id FROM booking')).length;
  const keys = async () => (await database.query<{ key: string }>('SELECT key FROM idempotency_key ORDER BY key')).map(({ key }) => key);

  it('takes effect once and gets the same response each time', async () => {
    const first = await book('k1');
    expect([await book('k1'), await book('k1')]).toEqual([first, first]);
    expect(await bookings()).toBe(1);
  });

  it('gets the response that an earlier version stored under the route', async () => {
    const first = await book('k1');
    const runner = app.get(DataSource).createQueryRunner();
    const migration = new operations();
    await migration.down(runner);
    expect(await runner.query('SELECT route FROM idempotency_key')).toEqual([{ route: 'POST /bookings' }]);
    await migration.up(runner);
    await runner.release();
    expect(await book('k1')).toBe(first);
    expect(await bookings()).toBe(1);
  });

  it('is the same request for equivalent input', async () => {
    const at = new Date();
    const first = await book('k1', { seats: 2, guest: { first: 'Ada', last: undefined }, total: Money.of('1.5'), at });
    expect(await book('k1', { at, total: Money.of('1.50'), guest: { first: 'Ada' }, seats: 2 })).toBe(first);
  });

  it('is rejected if the key was used before with another body', async () => {
    await book('k1', { seats: 2 });
    await expect(book('k1', { seats: 3 })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED', kind: 'rule-broken' });
    expect(await bookings()).toBe(1);
  });

  it('is another request for another operation, or with another key', async () => {
    const answers = [await book('k1'), await book('k2'), await book('k1', { seats: 2 }, () => insert(2), 'POST /tables')];
    expect(new Set(answers).size).toBe(3);
  });

  it('is another request for another caller, and shows neither the other’s response nor the use of the key', async () => {
    const principal = (issuer: string, subject: string): Principal =>
      ({ issuer, subject, roles: new Set(), claims: {}, expiresAt: new Date(), token: '' }) satisfies Principal;
    const [ada, bob] = [principal('https://one.example', 'ada'), principal('https://one.example', 'bob')];
    const first = await caller.run(ada, () => book('k1'));
    for (const other of [bob, principal('https://two.example', 'ada'), undefined])
      expect(await caller.run(other, () => book('k1', { seats: 9 }))).not.toBe(first);
    expect([await caller.run(ada, () => book('k1')), await bookings()]).toEqual([first, 4]);
  });

  it('is rejected while the first one is in progress, and gets its response afterwards', async () => {
    const [started, mayEnd] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = book('k1', { seats: 2 }, async () => {
      const id = await insert(2);
      started.resolve();
      await mayEnd.promise;
      return id;
    });
    await started.promise;
    await expect(book('k1')).rejects.toMatchObject({ code: 'REQUEST_IN_PROGRESS', kind: 'conflict' });
    expect(typeof (await book('k2'))).toBe('number');
    mayEnd.resolve();
    const answer = await first;
    expect(await book('k1')).toBe(answer);
  });

  it('takes effect once when many arrive at the same time', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 15 }, () => book('k1')));
    const answers = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [(outcome.reason as DomainError).code] : []));
    expect(await bookings()).toBe(1);
    expect(new Set(answers).size).toBe(1);
    expect(new Set([...refusals, 'REQUEST_IN_PROGRESS'])).toEqual(new Set(['REQUEST_IN_PROGRESS']));
  });

  it('runs again after a failure, which is not stored', async () => {
    const failing = book('k1', { seats: 2 }, async () => {
      await insert(2);
      throw new DomainError('FULL', 'rule-broken', 'no seats left');
    });
    await expect(failing).rejects.toMatchObject({ code: 'FULL' });
    expect([await bookings(), await keys()]).toEqual([0, []]);
    await book('k1', { seats: 3 });
    expect(await bookings()).toBe(1);
  });

  it('leaves neither effect nor response if its process dies in between, and takes effect when retried', async () => {
    const killer = book('k1', { seats: 2 }, async () => {
      const id = await insert(2);
      await database.query('SELECT pg_terminate_backend(pg_backend_pid())');
      return id;
    });
    await expect(killer).rejects.toThrow();
    expect([await bookings(), await keys()]).toEqual([0, []]);
    const answer = await eventually(() => book('k1'));
    expect([await book('k1'), await bookings()]).toEqual([answer, 1]);
  });

  it('is stored for 24 hours, and deleted by later requests', async () => {
    const [first, second] = [await book('day-old'), await book('nearly-day-old')];
    await database.query(`UPDATE idempotency_key SET created_at = now() - interval '24 hours 1 second' WHERE key = 'day-old'`);
    await database.query(`UPDATE idempotency_key SET created_at = now() - interval '23 hours 59 minutes' WHERE key = 'nearly-day-old'`);
    expect(await book('nearly-day-old')).toBe(second);
    expect(await book('day-old', { seats: 3 })).not.toBe(first);
    await database.query(`UPDATE idempotency_key SET created_at = now() - interval '2 days'`);
    await book('new');
    expect(await keys()).toEqual(['new']);
  });

  it('runs each time without a key', async () => {
    const answers = [await book(undefined), await book(undefined)];
    expect([new Set(answers).size, await keys()]).toEqual([2, []]);
  });

  it('must have a valid key', () => {
    expect(['8e03978e-40d5-43e8-bc93-6894a57f9324', '"quoted"', undefined].map((key) => readIdempotencyKey(key))).toEqual([
      '8e03978e-40d5-43e8-bc93-6894a57f9324',
      '"quoted"',
      undefined,
    ]);
    for (const key of ['', 'two words', 'ключ', 'x'.repeat(256)]) expect(() => readIdempotencyKey(key)).toThrow('/Idempotency-Key');
  });
});
