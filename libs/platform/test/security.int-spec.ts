import { Public } from '@ftgo/security';
import { TestIssuer } from '@ftgo/security/testing';
import { Controller, Get, Module, Post, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Access, Allow, createService, parseConfig, serviceConfig, tokenSettings } from '../src/index.js';

@Allow('restaurant')
@Controller('dishes')
class DishController {
  constructor(private readonly access: Access) {}

  /** The decision of the class. */
  @Get()
  async findDishes() {
    return { mine: await this.access.allows({ restaurant: 7 as never }) };
  }

  @Allow('operator')
  @Post()
  async createDish() {
    return { mine: await this.access.allows({ restaurant: 7 as never }) };
  }

  @Public()
  @Get('of-the-day')
  async dishOfTheDay() {
    return { mine: await this.access.allows({ restaurant: 7 as never }) };
  }
}

@Module({ controllers: [DishController] })
class Dishes {}

@Controller('secrets')
class UndecidedController {
  @Get()
  findSecrets() {
    return [];
  }
}

@Module({ controllers: [UndecidedController] })
class Undecided {}

let issuer: TestIssuer;
let app: NestFastifyApplication | undefined;
beforeAll(async () => {
  issuer = await TestIssuer.start();
});
afterEach(() => app?.close());
afterAll(() => issuer.close());

async function serving(module: Type, security: 'off' | 'on') {
  const settings = { security, oidcIssuer: issuer.url, oidcAudience: issuer.audience };
  app = await createService(module, { name: 'dishes', logLevel: 'silent', security: tokenSettings(settings) });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const running = app;
  return (method: 'DELETE' | 'GET' | 'HEAD' | 'OPTIONS' | 'POST', url: string, token?: string) =>
    running.inject({ method, url, ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }) });
}

describe('a service with security', () => {
  it('admits those whom the method allows or, without a decision of its own, the class', async () => {
    const send = await serving(Dishes, 'on');
    const [cook, operator] = [await issuer.token({ roles: ['restaurant'] }), await issuer.token({ roles: ['operator'] })];
    const outcomes = [
      ['GET', '/dishes', cook, 200],
      ['HEAD', '/dishes', cook, 200],
      ['GET', '/dishes', operator, 403],
      ['POST', '/dishes', operator, 200],
      ['POST', '/dishes', cook, 403],
    ] as const;
    for (const [method, url, token, status] of outcomes) expect((await send(method, url, token)).statusCode).toBe(status);
  });

  it('rejects requests without a valid token with a problem that names the way to authenticate', async () => {
    const send = await serving(Dishes, 'on');
    const [none, garbage] = [await send('GET', '/dishes'), await send('HEAD', '/dishes', 'garbage')];
    expect([none.statusCode, none.headers['www-authenticate'], none.headers['content-type']]).toEqual([
      401,
      'Bearer',
      'application/problem+json',
    ]);
    expect(none.json()).toMatchObject({ code: 'UNAUTHENTICATED', title: 'Unauthenticated', instance: '/dishes' });
    expect([garbage.statusCode, garbage.headers['www-authenticate']]).toEqual([401, 'Bearer error="invalid_token"']);
  });

  it('knows the caller in the use case, and lets no one own anything without a caller', async () => {
    const send = await serving(Dishes, 'on');
    const own = await issuer.token({ roles: ['restaurant'], claims: { ftgo_restaurant_ids: [6, 7] } });
    const other = await issuer.token({ roles: ['restaurant'], claims: { ftgo_restaurant_ids: [8] } });
    const unrelated = await issuer.token({ roles: ['restaurant', 'courier'], claims: { ftgo_courier_id: 7, ftgo_consumer_id: 7 } });
    const isMine = async (url: string, token?: string) => (await send('GET', url, token)).json<unknown>();
    expect(await isMine('/dishes', own)).toEqual({ mine: true });
    expect(await isMine('/dishes', other)).toEqual({ mine: false });
    expect(await isMine('/dishes', unrelated)).toEqual({ mine: false });
    expect(await isMine('/dishes/of-the-day')).toEqual({ mine: false });
    expect(await app!.get(Access).allows({ restaurant: 7 as never })).toBe(false);
  });

  it('leaves health and OPTIONS open, and closes metrics and the API description', async () => {
    const send = await serving(Dishes, 'on');
    for (const url of ['/health/live', '/health/ready', '/actuator/health']) expect((await send('GET', url)).statusCode).toBe(200);
    expect((await send('OPTIONS', '/dishes')).statusCode).toBe(204);
    expect((await send('GET', '/nowhere')).statusCode).toBe(404);
    for (const url of ['/metrics', '/actuator/prometheus', '/openapi.json', '/swagger-ui', '/swagger-ui/index.html'])
      expect([url, (await send('GET', url)).statusCode]).toEqual([url, 401]);
  });

  it('describes the token and its errors', async () => {
    const send = await serving(Dishes, 'on');
    const document = (await send('GET', '/openapi.json', await issuer.token({ roles: ['operator'] }))).json<{
      paths: Record<string, { get: { responses: object } }>;
      security: object[];
    }>();
    expect(document.security).toEqual([{ token: [] }]);
    expect(document.paths['/dishes']?.get.responses).toMatchObject({ '401': {}, '403': {} });
  });

  it('is unavailable, rather than open, while the keys of the issuer are unknown', async () => {
    const send = await serving(Dishes, 'on');
    const token = await issuer.token({ roles: ['restaurant'] });
    issuer.setDown(true);
    const answer = await send('GET', '/dishes', token);
    issuer.setDown(false);
    expect([answer.statusCode, answer.headers['retry-after'], answer.json<{ code: string }>().code]).toEqual([
      503,
      '1',
      'DEPENDENCY_UNAVAILABLE',
    ]);
  });

  it('does not start if a route does not state who may use it', async () => {
    await expect(serving(Undecided, 'on')).rejects.toThrow(/nothing states who may use GET \/secrets/);
  });
});

describe('a service without security', () => {
  it('admits everyone to everything', async () => {
    const send = await serving(Dishes, 'off');
    for (const url of ['/dishes', '/dishes/of-the-day']) expect((await send('GET', url, 'garbage')).json()).toEqual({ mine: true });
    expect((await send('GET', '/metrics')).statusCode).toBe(200);
    const { components } = (await send('GET', '/openapi.json')).json<{ components: { responses: object; securitySchemes?: object } }>();
    expect(components.securitySchemes).toBeUndefined();
    expect(components.responses).not.toHaveProperty('Unauthorized');
  });

  it('is the default', () => {
    expect(tokenSettings(parseConfig(z.object(serviceConfig), { FTGO_HTTP_PORT: '0' }))).toBeUndefined();
  });
});
