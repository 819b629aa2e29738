import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createService, parseConfig, serviceConfig } from '../src/index.js';

@Controller('dishes')
class DishController {
  @Get()
  findDishes() {
    return [];
  }
}

@Module({ controllers: [DishController] })
class Dishes {}

let app: NestFastifyApplication;
afterEach(() => app?.close());

async function allowing(...corsOrigins: string[]) {
  app = await createService(Dishes, { name: 'dishes', logLevel: 'silent', corsOrigins });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return (method: 'GET' | 'OPTIONS' | 'PUT', url: string, headers: Record<string, string> = {}) => app.inject({ method, url, headers });
}

const shop = 'https://shop.example';
const preflight = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'if-match,prefer' };
const corsHeadersOf = ({ headers }: { headers: object }) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-') || name === 'vary');

describe('without allowed origins', () => {
  it('sends no CORS header, whatever the client sends', async () => {
    const send = await allowing();
    for (const answer of [
      await send('GET', '/dishes', { origin: shop }),
      await send('OPTIONS', '/dishes', { origin: shop, ...preflight }),
      await send('GET', '/dishes'),
    ]) {
      expect(corsHeadersOf(answer)).toEqual([]);
    }
  });
});

describe('with an allowed origin', () => {
  it('lets its pages read responses, problems among them', async () => {
    const send = await allowing(shop, 'http://localhost:3000');
    for (const [method, path, status] of [
      ['GET', '/dishes', 200],
      ['GET', '/nowhere', 404],
      ['PUT', '/dishes', 405],
    ] as const) {
      const answer = await send(method, path, { origin: shop });
      expect([answer.statusCode, answer.headers['access-control-allow-origin']]).toEqual([status, shop]);
      expect(answer.headers['access-control-expose-headers']).toContain('ETag');
      expect(answer.headers['vary']).toContain('Origin');
    }
  });

  it('responds to a preflight request with what is allowed', async () => {
    const send = await allowing(shop);
    const answer = await send('OPTIONS', '/dishes', { origin: shop, ...preflight });
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(answer.headers).toMatchObject({
      allow: 'GET, HEAD, OPTIONS',
      'access-control-allow-origin': shop,
      'access-control-allow-methods': expect.stringContaining('PUT'),
      'access-control-allow-headers': 'if-match,prefer',
    });
  });

  it.each(['https://other.example', 'http://shop.example', 'https://shop.example:8443', 'null'])('does not allow %s', async (origin) => {
    const send = await allowing(shop);
    for (const answer of [await send('GET', '/dishes', { origin }), await send('OPTIONS', '/dishes', { origin, ...preflight })]) {
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('keeps the responses to OPTIONS of clients that are not browsers', async () => {
    const send = await allowing(shop);
    const known = await send('OPTIONS', '/dishes');
    expect([known.statusCode, known.headers['allow']]).toEqual([204, 'GET, HEAD, OPTIONS']);
    const unknown = await send('OPTIONS', '/nowhere');
    expect([unknown.statusCode, unknown.json()]).toMatchObject([404, { code: 'ROUTE_NOT_FOUND' }]);
  });
});

describe('FTGO_CORS_ORIGINS', () => {
  const read = (text?: string) =>
    parseConfig(z.object({ corsOrigins: serviceConfig.corsOrigins }), text === undefined ? {} : { FTGO_CORS_ORIGINS: text }).corsOrigins;

  it('is a list of origins', () => {
    expect([read(), read('https://shop.example, http://localhost:3000'), read('*')]).toEqual([
      undefined,
      ['https://shop.example', 'http://localhost:3000'],
      ['*'],
    ]);
  });

  it.each(['shop.example', 'https://shop.example/', 'https://shop.example/menu', 'https://shop.example,', 'https://*.example/x'])(
    'is rejected with what to write instead: %s',
    (text) => {
      expect(() => read(text)).toThrow(/FTGO_CORS_ORIGINS is invalid .*expected scheme:\/\/host.*such as https:\/\/shop\.example/);
    },
  );
});
