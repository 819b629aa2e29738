import { Transactions } from '@ftgo/messaging';
import { noPgBouncer, type PgBouncer, startPgBouncer, type TestDatabase, testDatabase } from '@ftgo/testing';
import { NestFactory } from '@nestjs/core';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database, DatabaseModule, runMigrations } from '../src/index.js';

class Dishes0000000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE dish (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL)');
    // Long enough for another process to start the same migration if it does not wait.
    await runner.query('SELECT pg_sleep(0.5)');
  }
  async down(): Promise<void> {}
}

describe.skipIf(noPgBouncer)(`behind PgBouncer in transaction mode${noPgBouncer ? ` (${noPgBouncer})` : ''}`, () => {
  let server: TestDatabase;
  let pooler: PgBouncer;
  beforeAll(async () => {
    server = await testDatabase();
    // Only two connections, so that statements of one client run where another one has left state.
    pooler = await startPgBouncer({ url: server.url, poolSize: 4 });
  });
  afterAll(async () => {
    await pooler.close();
    await server.drop();
  });

  it('migrates a database once when several processes start at the same time', async () => {
    const output: string[] = [];
    const migrate = () => runMigrations(pooler.url, [Dishes0000000000001], { print: (line) => output.push(line) });
    await Promise.all([migrate(), migrate()]);
    expect(output.filter((line) => line.includes('applied'))).toHaveLength(1);
  });

  it('lets services share server connections, with prepared statements of the same name', async () => {
    const instances = await Promise.all(
      [1, 2, 3].map(() => NestFactory.createApplicationContext(databaseModule(), { logger: false, abortOnError: false })),
    );
    try {
      const statement = { name: 'dish-insert', text: 'INSERT INTO dish (name) SELECT $1', values: ['soup'] };
      const insert = (transactions: Transactions) =>
        transactions.run((transaction) =>
          transaction.savepoint(() => transaction.query(statement)).then(() => transaction.query(statement)),
        );
      await Promise.all(instances.flatMap((instance) => Array.from({ length: 20 }, () => insert(instance.get(Transactions)))));
      const [first] = instances;
      expect(await first?.get(Database).query<{ count: number }>('SELECT count(*)::int AS count FROM dish')).toEqual([{ count: 120 }]);
    } finally {
      await Promise.all(instances.map((instance) => instance.close()));
    }
  });

  it('enforces the time limits of a transaction, and ends them with it', async () => {
    const instance = await NestFactory.createApplicationContext(databaseModule(), { logger: false, abortOnError: false });
    const limits = `SELECT current_setting('statement_timeout') AS statement, current_setting('idle_in_transaction_session_timeout') AS idle`;
    try {
      const before: unknown = await instance.get(Database).query(limits);
      const { rows } = await instance.get(Transactions).run((transaction) => transaction.query({ text: limits }));
      expect(rows).toEqual([{ statement: '12s', idle: '10s' }]);
      expect(before).not.toEqual(rows);
      expect(await instance.get(Database).query(limits)).toEqual(before);
    } finally {
      await instance.close();
    }
  });

  const databaseModule = () => DatabaseModule.forRoot({ url: pooler.url, entities: [] });
});
