import { eventually, type FaultProxy, faultProxy, type TestDatabase, testDatabase } from '@ftgo/testing';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awaitMigrations } from '../src/database/await-migrations.js';
import { createService, DatabaseModule, runMigrations } from '../src/index.js';
import { MenuController, Menus0000000000001 } from './menus.fixture.js';

const poolSize = 2;

describe('a service whose database connections fall silent, without a FIN or an RST', () => {
  let database: TestDatabase;
  let proxy: FaultProxy;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    database = await testDatabase();
    await runMigrations(database.url, [Menus0000000000001], { print: () => {} });
    proxy = await faultProxy({ to: database.url });
    @Module({ imports: [DatabaseModule.forRoot({ url: proxy.url(database.url), entities: [], poolSize })], controllers: [MenuController] })
    class AppModule {}
    app = await createService(AppModule, { name: 'menu-service', logLevel: 'fatal' });
    await app.init();
  });
  afterAll(async () => {
    await app.close();
    proxy.close();
    await database.drop();
  });

  const ask = (method: 'GET' | 'POST' = 'GET') => app.inject({ method, url: '/menus' });
  const askTimed = async (method: 'GET' | 'POST' = 'GET') => {
    const askedAt = performance.now();
    const { statusCode, headers } = await ask(method);
    return { statusCode, retryAfter: headers['retry-after'], seconds: (performance.now() - askedAt) / 1_000 };
  };

  it('returns 503 in time, and 200 again when new connections work', async () => {
    // Uses every connection of the pool before it falls silent.
    expect(await Promise.all([ask(), ask('POST')])).toMatchObject([{ statusCode: 200 }, { statusCode: 200 }]);
    proxy.silence();
    for (const { statusCode, retryAfter, seconds } of await Promise.all([askTimed(), askTimed('POST')])) {
      expect({ statusCode, retryAfter }).toEqual({ statusCode: 503, retryAfter: '1' });
      // Much less than the kernel's quarter of an hour; a busy machine may add some seconds to the 14.
      expect(seconds).toBeLessThan(30);
    }
    await eventually(async () => expect(await Promise.all([ask(), ask('POST')])).toMatchObject([{ statusCode: 200 }, { statusCode: 200 }]));
    // The proxy does not see the end of silent connections. Both were dropped, or a pool of two could not serve.
    expect(proxy.open).toBeLessThanOrEqual(poolSize + poolSize);
  });

  it('returns 503 in time while new connections are accepted but get no response', async () => {
    await proxy.admit('silent');
    proxy.cut();
    await eventually(async () => expect(await askTimed()).toMatchObject({ statusCode: 503, retryAfter: '1' }));
    await proxy.admit('forward');
    await eventually(async () => expect(await askTimed()).toMatchObject({ statusCode: 200 }));
  });
});

describe('migrations whose database falls silent', () => {
  it('fail when the connection that holds their lock does not respond', async () => {
    const database = await testDatabase();
    const proxy = await faultProxy({ to: database.url });
    proxy.silenceWhenSent('pg_try_advisory_xact_lock');
    await expect(runMigrations(proxy.url(database.url), [Menus0000000000001], { print: () => {} })).rejects.toThrow(/timeout/);
    proxy.close();
    await database.drop();
  });

  it('continue on a new connection', async () => {
    const database = await testDatabase();
    await runMigrations(database.url, [Menus0000000000001], { print: () => {} });
    const proxy = await faultProxy({ to: database.url });
    proxy.silenceWhenSent('FROM migrations');
    const output: string[] = [];
    const waiting = awaitMigrations(proxy.url(database.url), [Menus0000000000001], { print: (line) => output.push(line) });
    await eventually(() => expect(output.join()).toMatch(/cannot use the database/));
    proxy.silenceWhenSent('nothing matches');
    await waiting;
    proxy.close();
    await database.drop();
  });
});
