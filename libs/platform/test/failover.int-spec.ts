import { hostsOf } from '@ftgo/messaging/postgres';
import {
  eventually,
  type FaultProxy,
  faultProxy,
  type OwnPostgres,
  type PrivatePostgres,
  startPostgres,
  testDatabase,
} from '@ftgo/testing';
import { Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Client } from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createService, DatabaseModule, runMigrations } from '../src/index.js';
import { MenuController, Menus0000000000001 } from './menus.fixture.js';

describe('a service whose database URL has a primary and its standby as hosts', () => {
  let primary: OwnPostgres;
  let standby: PrivatePostgres;
  let proxy: FaultProxy;
  let app: NestFastifyApplication;

  beforeEach(async () => {
    primary = await startPostgres();
    standby = await primary.startStandby();
    const { url: single } = await testDatabase({ server: primary });
    proxy = await faultProxy({ to: single });
    const url = single.replace(hostsOf(single), `${hostsOf(standby.adminUrl)},${proxy.address}`);
    await runMigrations(url, [Menus0000000000001], { print: () => {} });
    @Module({ imports: [DatabaseModule.forRoot({ url, entities: [] })], controllers: [MenuController] })
    class AppModule {}
    app = await createService(AppModule, { name: 'menu-service', logLevel: 'fatal' });
    await app.init();
  });
  afterEach(async () => {
    await app.close();
    proxy.close();
  });

  const ask = async (method: 'GET' | 'POST') => {
    const { statusCode, body } = await app.inject({ method, url: '/menus' });
    return { statusCode, body: JSON.parse(body) as unknown };
  };
  const promote = async () => {
    const client = new Client({ connectionString: standby.adminUrl });
    await client.connect();
    await client.query('SELECT pg_promote()');
    await client.end();
  };

  it('uses the primary, and the standby once it is promoted', async () => {
    expect(await ask('POST')).toMatchObject({ statusCode: 200, body: [{ id: 1 }] });
    await primary.kill();
    expect(await ask('POST')).toMatchObject({ statusCode: 503, body: { code: 'DEPENDENCY_UNAVAILABLE' } });
    await promote();
    await eventually(async () => expect(await ask('POST')).toMatchObject({ statusCode: 200 }), { timeoutMs: 60_000 });
    expect((await ask('GET')).body).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it('uses the promoted standby also if the host of the primary has vanished, without a FIN or an RST', async () => {
    expect(await ask('POST')).toMatchObject({ statusCode: 200, body: [{ id: 1 }] });
    await proxy.admit('silent');
    proxy.silence();
    await promote();
    await eventually(async () => expect(await ask('POST')).toMatchObject({ statusCode: 200 }), { timeoutMs: 30_000 });
  });
});
