import { startPostgres, type TestDatabase, testDatabase } from '@ftgo/testing';
import { NestFactory } from '@nestjs/core';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DatabaseModule } from '../src/index.js';

describe('the connections of a service', () => {
  let database: TestDatabase;
  let admin: Client;
  beforeAll(async () => {
    // A server of its own, since roles belong to the whole server.
    database = await testDatabase({ server: await startPostgres() });
    admin = new Client({ connectionString: database.adminUrl });
    await admin.connect();
  });
  afterAll(() => admin.end());

  const start = async (poolSize: number) => {
    const module = DatabaseModule.forRoot({ url: database.url, entities: [], poolSize });
    const app = await NestFactory.createApplicationContext(module, { logger: false, abortOnError: false });
    await app.close();
  };

  it('are as many as its role may have, or it does not start', async () => {
    await admin.query('ALTER ROLE ftgo_test CONNECTION LIMIT 5');
    await start(5);
    await expect(start(6)).rejects.toThrow(
      'FTGO_DATABASE_POOL_SIZE is 6, but role "ftgo_test" may have 5 connections; set it to a lower number, or ALTER ROLE "ftgo_test" CONNECTION LIMIT 6',
    );
    await admin.query('ALTER ROLE ftgo_test CONNECTION LIMIT -1');
  });

  it('are fewer than the server has, or it does not start', async () => {
    await expect(start(300)).rejects.toThrow(
      'FTGO_DATABASE_POOL_SIZE is 300, but the server has 297 connections for all roles; set it to a lower number, or raise max_connections and restart PostgreSQL',
    );
  });
});
