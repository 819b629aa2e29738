import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createService, idParam, nonEmptyText, ReadinessIndicator } from '../src/index.js';

@Controller('dishes')
class DishController {
  @Get()
  find(@Query() query: object) {
    return query;
  }

  @Post()
  create(@Body({ schema: z.object({ name: nonEmptyText() }) }) dish: object) {
    return dish;
  }

  @Get(':id')
  get(@Param('id', { schema: idParam() }) id: number) {
    return { id };
  }
}

class Oven extends ReadinessIndicator {
  readonly name = 'oven';
  isCold = false;

  async check(): Promise<void> {
    if (this.isCold) throw new Error('oven is cold');
  }
}

@Module({ controllers: [DishController], providers: [Oven] })
class Dishes {}

let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  app = await createService(Dishes, { name: 'dishes', logLevel: 'silent' });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(() => app.close());
beforeEach(() => {
  app.get(Oven).isCold = false;
});

const get = (path: string) => fetch(`${url}${path}`, { redirect: 'manual' });
const post = (path: string, body: unknown) =>
  fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

describe('a trailing slash', () => {
  it.each(['/dishes/5', '/dishes', '/health/ready', '/metrics', '/openapi.json', '/actuator/health'])(
    'leads to the same resource as %s, without a redirect',
    async (path) => {
      const [without, with_] = await Promise.all([get(path), get(`${path}/`)]);
      expect([without.status, with_.status]).toEqual([200, 200]);
      if (path !== '/metrics') expect(await with_.text()).toBe(await without.text());
    },
  );

  it('may precede a query, and may end the path of a POST', async () => {
    expect(await (await get('/dishes/?keyword=a')).json()).toEqual({ keyword: 'a' });
    expect(await (await post('/dishes/', { name: 'Naan' })).json()).toEqual({ name: 'Naan' });
  });

  it('stays in the path of a problem as requested', async () => {
    const invalid = await get('/dishes/x/');
    expect([invalid.status, ((await invalid.json()) as { instance: string }).instance]).toEqual([400, '/dishes/x/']);
    expect((await get('/nowhere/')).status).toBe(404);
  });

  it('leads to Swagger UI', async () => {
    for (const path of ['/swagger-ui', '/swagger-ui/', '/swagger-ui.html']) {
      const { status, headers } = await get(path);
      expect([status, headers.get('location')]).toEqual([302, '/swagger-ui/index.html']);
    }
  });
});

describe('the health endpoint for Spring Boot’s clients', () => {
  it('is UP while the service is ready', async () => {
    const [actuator, ready] = await Promise.all([get('/actuator/health'), get('/health/ready')]);
    expect([actuator.status, await actuator.json()]).toEqual([200, { ...((await ready.json()) as object), status: 'UP' }]);
  });

  it('is DOWN with 503 and the reason while the service is not ready', async () => {
    app.get(Oven).isCold = true;
    const actuator = await get('/actuator/health');
    expect([actuator.status, await actuator.json()]).toMatchObject([503, { status: 'DOWN', parts: { oven: 'oven is cold' } }]);
    expect((await get('/health/ready')).status).toBe(503);
  });

  it('has the metrics next to it', async () => {
    const answer = await get('/actuator/prometheus');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(await answer.text()).toContain('http_server_request_duration_seconds');
  });
});

describe('the content type of a response', () => {
  it.each(['/dishes/5', '/dishes', '/health/live', '/health/ready', '/actuator/health', '/openapi.json'])(
    'is application/json without parameters at %s',
    async (path) => {
      expect((await get(path)).headers.get('content-type')).toBe('application/json');
    },
  );

  it('is the same for the response to a POST', async () => {
    expect((await post('/dishes', { name: 'Naan' })).headers.get('content-type')).toBe('application/json');
  });

  it.each(['/dishes/x', '/nowhere', '/dishes/%ff', `/dishes/${'x'.repeat(4_000)}`])(
    'is application/problem+json without parameters for a problem',
    async (path) => {
      expect((await get(path)).headers.get('content-type')).toBe('application/problem+json');
    },
  );
});
