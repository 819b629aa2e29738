import { STATUS_CODES } from 'node:http';
import { DomainError, type DomainErrorKind } from '@ftgo/kernel';
import { messageContext } from '@ftgo/messaging';
import { DescribedApi, type OpenApiDocument } from '@ftgo/testing';
import { Body, Controller, Delete, Get, Module, Param, Post, Put } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { address, quantity } from '../src/http/fields.js';
import {
  AcceptsIdempotencyKey,
  AnswersAnyId,
  createService,
  DependencyUnavailable,
  dateTime,
  dateTimeOutput,
  idParam,
  MayRespondWith,
  moneyText,
  nonEmptyText,
  RespondsWith,
} from '../src/index.js';

const NewDish = z.object({
  name: nonEmptyText(),
  price: moneyText(),
  from: address().optional(),
  at: dateTime().optional(),
  lines: z
    .array(z.object({ quantity: quantity() }))
    .max(3)
    .optional(),
});
const DishView = z.object({ id: z.int() });

const failures: Record<string, () => Error> = {
  database: () => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  dependency: () => new DependencyUnavailable('order-service', { retryAfterSeconds: 7 }),
  bug: () => new TypeError('secret internals', { cause: new Error('root') }),
};
const kinds: DomainErrorKind[] = ['invalid', 'rule-broken', 'not-found', 'conflict', 'forbidden'];

@Controller('dishes')
class DishController {
  @Post()
  @AcceptsIdempotencyKey()
  @RespondsWith(DishView)
  create(@Body({ schema: NewDish }) dish: z.output<typeof NewDish>) {
    return { id: 1, price: dish.price, at: dish.at && dateTimeOutput(dish.at) };
  }

  @Get()
  list() {
    return [];
  }

  @Get(':id')
  get(@Param('id', { schema: idParam() }) id: number) {
    return { id, context: messageContext.current() };
  }

  @Put(':id/price')
  @MayRespondWith(409)
  price(@Param('id', { schema: idParam() }) id: number) {
    return { id };
  }

  @Delete(':id/allergens')
  @AnswersAnyId()
  forget() {
    return [];
  }

  @Post('failing/:how')
  fail(@Param('how') how: string): void {
    const failure = failures[how];
    throw failure ? failure() : new DomainError('DISH_REFUSED', how as DomainErrorKind, 'the dish is rejected');
  }
}

@Module({ controllers: [DishController] })
class Dishes {}

describe('a service over HTTP', () => {
  let app: NestFastifyApplication;
  const lines: Array<Record<string, unknown>> = [];

  beforeAll(async () => {
    const logTo = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
    app = await createService(Dishes, { name: 'dishes', logLevel: 'info', logTo });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app.close());

  const post = (payload: object | string, headers: Record<string, string> = { 'content-type': 'application/json; charset=UTF-8' }) =>
    app.inject({ method: 'POST', url: '/dishes', payload, headers });

  it('responds to a creation with 200 and a body', async () => {
    const response = await post({ name: 'Vindaloo', price: '12.3', at: '2020-01-31T18:30:00.123456789', unknown: true });
    expect([response.statusCode, response.json()]).toEqual([200, { id: 1, price: '12.30', at: '2020-01-31T18:30:00.123' }]);
    expect(response.headers.location).toBeUndefined();
  });

  it('lists every invalid field with a pointer to it', async () => {
    const response = await post({
      name: ' ',
      price: 12.34,
      from: { street1: 'a', city: 'b', state: null },
      lines: [{ quantity: 1 }, { quantity: 0 }],
    });
    expect(response.statusCode).toBe(400);
    expect(response.headers['content-type']).toContain('application/problem+json');
    const problem = response.json();
    expect(problem).toMatchObject({
      status: 400,
      code: 'VALIDATION_FAILED',
      instance: '/dishes',
      type: 'urn:ftgo:problem:validation-failed',
    });
    expect(problem.errors.map((e: { pointer: string }) => e.pointer)).toEqual([
      '/name',
      '/price',
      '/from/state',
      '/from/zip',
      '/lines/1/quantity',
    ]);
    expect(problem.traceId).toBe(response.headers['x-trace-id']);
  });

  it.each([
    ['malformed JSON', '{bad', undefined, 400, 'MALFORMED_REQUEST'],
    ['no body', '', undefined, 400, 'VALIDATION_FAILED'],
    ['a list', '[]', undefined, 400, 'VALIDATION_FAILED'],
    ['a prototype pollution attack', '{"__proto__":{"a":1}}', undefined, 400, 'MALFORMED_REQUEST'],
    ['an oversized body', JSON.stringify({ name: 'x'.repeat(1024 * 1024) }), undefined, 413, 'BODY_TOO_LARGE'],
    ['another media type', '<a/>', { 'content-type': 'application/xml' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['plain text', 'name', { 'content-type': 'text/plain' }, 415, 'UNSUPPORTED_MEDIA_TYPE'],
  ])('rejects %s with a problem', async (_what, payload, headers, status, code) => {
    const response = await post(payload, headers);
    expect([response.statusCode, response.json().code]).toEqual([status, code]);
    expect(response.headers['content-type']).toContain('application/problem+json');
    expect(response.headers['x-trace-id']).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each(['/nowhere', '/dishes/%E0%A4%A'])('reports %s as a problem', async (url) => {
    const response = await app.inject({ method: 'GET', url });
    expect([400, 404]).toContain(response.statusCode);
    expect(response.headers['content-type']).toContain('application/problem+json');
  });

  it.each(['x', '0', '-1', '1.5', '9007199254740993'])('rejects %s as an id', async (id) => {
    const response = await app.inject({ method: 'GET', url: `/dishes/${id}` });
    expect([response.statusCode, response.json().errors?.[0].pointer]).toEqual([400, '/id']);
  });

  it.each(kinds.map((kind, i) => [kind, [400, 422, 404, 409, 403][i]] as const))(
    'maps a domain error of kind %s to %i',
    async (kind, status) => {
      const response = await app.inject({ method: 'POST', url: `/dishes/failing/${kind}` });
      expect(response.statusCode).toBe(status);
      expect(response.json()).toMatchObject({ code: 'DISH_REFUSED', title: 'Dish refused', detail: 'the dish is rejected' });
    },
  );

  it('has all members of RFC 9457 and ours in every problem, and the path without its query', async () => {
    const response = await app.inject({ method: 'POST', url: '/dishes/failing/conflict?secret=1' });
    const traceId = response.headers['x-trace-id'];
    const common = { instance: '/dishes/failing/conflict', traceId };
    expect(response.json()).toEqual({
      type: 'urn:ftgo:problem:dish-refused',
      title: 'Dish refused',
      status: 409,
      detail: 'the dish is rejected',
      code: 'DISH_REFUSED',
      ...common,
    });
    const invalid = await app.inject({ method: 'GET', url: '/dishes/x' });
    expect(invalid.json()).toEqual({
      type: 'urn:ftgo:problem:validation-failed',
      title: 'Validation failed',
      status: 400,
      detail: 'one value is invalid',
      code: 'VALIDATION_FAILED',
      instance: '/dishes/x',
      traceId: invalid.headers['x-trace-id'],
      errors: [{ pointer: '/id', detail: expect.any(String) as string }],
    });
  });

  it('reports when to retry while a dependency is unavailable', async () => {
    const database = await app.inject({ method: 'POST', url: '/dishes/failing/database' });
    expect([database.statusCode, database.headers['retry-after']]).toEqual([503, '1']);
    const dependency = await app.inject({ method: 'POST', url: '/dishes/failing/dependency' });
    expect([dependency.statusCode, dependency.headers['retry-after']]).toEqual([503, '7']);
  });

  it('hides the details of an unexpected error, and logs it once with its cause', async () => {
    lines.length = 0;
    const response = await app.inject({ method: 'POST', url: '/dishes/failing/bug' });
    expect(response.statusCode).toBe(500);
    expect(Object.keys(response.json()).toSorted()).toEqual(['code', 'instance', 'status', 'title', 'traceId', 'type']);
    const errors = lines.filter((line) => line.level === 'error');
    expect(errors).toHaveLength(1);
    expect(JSON.stringify(errors)).toContain('root');
    expect(errors[0]?.traceId).toBe(response.json().traceId);
  });

  it('logs one line per request, without its content', async () => {
    lines.length = 0;
    await post({ name: 'Vindaloo', price: '1', address: { street1: 'hidden street' } });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      msg: 'request handled',
      method: 'POST',
      route: '/dishes',
      status: 200,
      outcome: 'ok',
      service: 'dishes',
    });
    expect(JSON.stringify(lines)).not.toContain('hidden street');
  });

  it('continues the caller’s trace or starts one, and passes it on to messages', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const continued = await app.inject({ method: 'GET', url: '/dishes/5', headers: { traceparent } });
    expect(continued.headers['x-trace-id']).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(continued.json().context.traceparent).toContain('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(continued.json().context.causationId).toBe(continued.json().context.correlationId);
    const begun = await app.inject({
      method: 'GET',
      url: '/dishes/5',
      headers: { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` },
    });
    expect(begun.headers['x-trace-id']).toMatch(/[1-9a-f]/);
  });

  it.each([
    ['GET', '/dishes/5', 200],
    ['GET', '/dishes/x', 400],
    ['GET', '/nowhere', 404],
    ['PATCH', '/dishes/5', 405],
    ['GET', '/dishes/%E0%A4%A', 400],
    ['POST', '/dishes/failing/bug', 500],
    ['POST', '/dishes/failing/database', 503],
    ['GET', '/health/live', 200],
    ['GET', '/health/ready', 200],
    ['GET', '/metrics', 200],
    ['GET', '/openapi.json', 200],
    ['GET', '/swagger-ui/index.html', 200],
    ['GET', '/swagger-ui', 302],
    ['GET', '/swagger-ui.html', 302],
  ] as const)('returns the caller’s trace id in the response to %s %s: %d', async (method, url, status) => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const response = await app.inject({ method, url, headers: { traceparent } });
    expect([response.statusCode, response.headers['x-trace-id']]).toEqual([status, '4bf92f3577b34da6a3ce929d0e0e4736']);
  });

  it('requires no authentication, and accepts requests that have a token', async () => {
    for (const headers of [{}, { authorization: 'Bearer anything' }])
      expect((await app.inject({ method: 'GET', url: '/dishes/5', headers })).statusCode).toBe(200);
  });

  it('keeps the context when a body arrives in pieces', async () => {
    await app.listen(0, '127.0.0.1');
    const response = await fetch(`${await app.getUrl()}/dishes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'a'.repeat(300_000), price: '1' }),
    });
    expect([response.status, ((await response.json()) as { traceId: string }).traceId]).toEqual([400, response.headers.get('x-trace-id')]);
  });

  it.each([
    ['get', '/dishes', [500, 503]],
    ['get', '/dishes/{id}', [400, 404, 500, 503]],
    ['post', '/dishes', [400, 409, 413, 415, 422, 500, 503]],
    ['put', '/dishes/{id}/price', [400, 404, 409, 413, 415, 500, 503]],
    ['delete', '/dishes/{id}/allergens', [400, 413, 415, 500, 503]],
  ])('documents for %s %s the errors %j', async (method, path, errors) => {
    const { responses } = (await app.inject('/openapi.json')).json<OpenApiDocument>().paths[path]![method]!;
    const refused = Object.entries(responses).filter(([status]) => Number(status) >= 400);
    expect(refused.map(([status]) => Number(status))).toEqual(errors);
    for (const [status, answer] of refused)
      expect(answer).toEqual({ $ref: `#/components/responses/${STATUS_CODES[status]!.replaceAll(' ', '')}` });
  });

  it.each([
    ['GET', '/dishes/x', '/dishes/{id}', 400],
    ['DELETE', '/dishes/5/allergens', '/dishes/{id}/allergens', 415],
    ['POST', '/dishes/failing/not-found', '/dishes/failing/{how}', 404],
    ['POST', '/dishes/failing/dependency', '/dishes/failing/{how}', 503],
  ] as const)('responds to %s %s with a problem as documented', async (method, url, path, status) => {
    const api = new DescribedApi((await app.inject('/openapi.json')).json());
    const text = { payload: 'salt', headers: { 'content-type': 'text/plain' } };
    const answer = await app.inject({ method, url, ...(method === 'DELETE' ? text : {}) });
    expect(answer.statusCode).toBe(status);
    const contentType = String(answer.headers['content-type']);
    expect(api.wrongInAnswer({ method, path }, { status, contentType, body: answer.json() })).toEqual([]);
    expect(api.wrongInAnswer({ method, path }, { status, contentType, body: { message: 'no' } })).not.toEqual([]);
  });

  it('exposes its OpenAPI document, its health and its metrics', async () => {
    const get = (url: string) => app.inject({ method: 'GET', url });
    const openapi = (await get('/openapi.json')).json();
    expect(openapi.paths['/dishes'].post.responses['200']).toBeDefined();
    expect(JSON.stringify(openapi.paths['/dishes'].post.requestBody)).toContain('price');
    expect((await get('/swagger-ui/index.html')).statusCode).toBe(200);
    expect((await get('/swagger-ui/swagger-ui-bundle.js')).statusCode).toBe(200);
    expect((await get('/health/live')).statusCode).toBe(200);
    expect((await get('/health/ready')).json()).toEqual({ status: 'up', ready: true, parts: {} });
    expect((await get('/metrics')).body).toContain(
      'http_server_request_duration_seconds_count{method="POST",route="/dishes",status_code="200"}',
    );
  });
});
