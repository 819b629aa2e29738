import { TestIssuer } from '@ftgo/security/testing';
import { eventually, startPostgres, testDatabase } from '@ftgo/testing';
import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Allow, createService } from '../src/index.js';

@Allow('consumer')
@Controller('dishes')
class DishController {
  @Get()
  findDishes() {
    return [];
  }
}

@Module({ controllers: [DishController] })
class Dishes {}

const apps: NestFastifyApplication[] = [];
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())));

async function serve(options: Partial<Parameters<typeof createService>[1]>): Promise<NestFastifyApplication> {
  const app = await createService(Dishes, { name: 'dishes', logLevel: 'silent', rateLimitPerMinute: 2, ...options });
  apps.push(app);
  await app.init();
  return app;
}

const statusFor = async (app: NestFastifyApplication, remoteAddress: string, token?: string) =>
  (await app.inject({ url: '/dishes', remoteAddress, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } }))
    .statusCode;

describe('a limit of two requests a minute, with security on', () => {
  let issuer: TestIssuer;
  beforeAll(async () => {
    issuer = await TestIssuer.start();
  });
  afterAll(() => issuer.close());

  it('counts a person at any address, and rejected tokens by the address that sends them', async () => {
    const app = await serve({ security: issuer.settings });
    const ada = await issuer.token({ sub: 'ada', roles: ['consumer'] });
    const [here, there] = ['203.0.113.7', '203.0.113.8'];
    expect([await statusFor(app, here, 'guess'), await statusFor(app, here), await statusFor(app, here, 'guess')]).toEqual([401, 401, 429]);
    expect(await statusFor(app, there, 'guess')).toBe(401);
    expect([await statusFor(app, here, ada), await statusFor(app, there, ada), await statusFor(app, here, ada)]).toEqual([200, 200, 429]);
  });
});

describe('a limit of two requests a minute that two instances share in PostgreSQL', () => {
  const client = '203.0.113.7';

  /** Two instances with open connections: each has rejected requests of an address of its own. */
  async function serveTwice(rateLimitDatabaseUrl: string): Promise<NestFastifyApplication[]> {
    const instances = [await serve({ rateLimitDatabaseUrl }), await serve({ rateLimitDatabaseUrl })];
    for (const [nth, app] of instances.entries()) await eventually(async () => expect(await statusFor(app, `198.51.100.${nth}`)).toBe(429));
    return instances;
  }

  const alternately = async (instances: readonly NestFastifyApplication[], address: string) => {
    const statuses = [];
    for (const app of [...instances, ...instances]) statuses.push(await statusFor(app, address));
    return statuses;
  };

  it('counts the requests of a client to both, and those of another client apart', async () => {
    const database = await testDatabase();
    const instances = await serveTwice(database.url);
    for (const address of [client, '203.0.113.8']) expect(await alternately(instances, address)).toEqual([200, 200, 429, 429]);
    await Promise.all(apps.splice(0).map((app) => app.close()));
    await database.drop();
  });

  it('admits all requests while PostgreSQL is down, and limits them again afterwards', async () => {
    const postgres = await startPostgres();
    const instances = await serveTwice((await testDatabase({ server: postgres })).url);
    expect(await alternately(instances, client)).toEqual([200, 200, 429, 429]);
    await postgres.kill();
    expect(await alternately(instances, client)).toEqual([200, 200, 200, 200]);
    await postgres.start();
    await eventually(async () => expect(await alternately(instances, client)).toContain(429));
  });
});
