import { gunzipSync } from 'node:zlib';
import { requireVersion } from '@ftgo/kernel';
import { Body, Controller, Get, Module, Param, Put } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AcceptsIfMatch, createService, ExpectedVersions, etagOf, HasETag, idParam, RespondsWith, Tagged } from '../src/index.js';
import { rawAnswer } from './raw-http.js';

const recipe = z.object({ text: z.string() }).meta({ id: 'Recipe', example: { text: 'Boil.' } });
let stored = { version: 3, text: '' };

@Controller('recipes')
class RecipeController {
  @Get(':id')
  @HasETag({ isRead: true })
  @RespondsWith(recipe)
  async getRecipe(@Param('id', { schema: idParam() }) _id: number): Promise<Tagged<object>> {
    return new Tagged(etagOf(stored.version), { text: stored.text });
  }

  @Put(':id')
  @AcceptsIfMatch()
  @HasETag()
  @RespondsWith(recipe)
  async replaceRecipe(
    @Param('id', { schema: idParam() }) id: number,
    @Body({ schema: recipe }) { text }: z.output<typeof recipe>,
    @ExpectedVersions() expected: readonly number[] | undefined,
  ): Promise<Tagged<object>> {
    requireVersion(`recipe ${id}`, stored.version, expected);
    stored = { version: stored.version + 1, text };
    return new Tagged(etagOf(stored.version), { text });
  }
}

@Module({ controllers: [RecipeController] })
class Recipes {}

const short = 'Boil.';
const long = 'Stir. '.repeat(1_000);
let app: NestFastifyApplication;
let url: string;

beforeAll(async () => {
  app = await createService(Recipes, { name: 'recipes', logLevel: 'silent' });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(() => app.close());
beforeEach(() => {
  stored = { version: 3, text: short };
});

type Headers = Record<string, string>;
const read = (headers: Headers = {}, method: 'GET' | 'HEAD' = 'GET') => app.inject({ method, url: '/recipes/1', headers });
const replace = (headers: Headers = {}) => app.inject({ method: 'PUT', url: '/recipes/1', headers, payload: { text: 'Fry.' } });

describe('If-None-Match', () => {
  it('gets the representation with its ETag while the client does not have it', async () => {
    for (const headers of [{}, { 'if-none-match': '"2"' }, { 'if-none-match': '"2", W/"1"' }] as Headers[]) {
      const answer = await read(headers);
      expect([answer.statusCode, answer.headers['etag'], answer.json()]).toEqual([200, '"3"', { text: short }]);
    }
  });

  it.each(['"3"', 'W/"3"', '"1", "3"', '  "3"  ', '*', '"3-gzip"'])('gets 304 without a body for a client that has it: %s', async (tag) => {
    for (const method of ['GET', 'HEAD'] as const) {
      const answer = await read({ 'if-none-match': tag }, method);
      expect([answer.statusCode, answer.body, answer.headers['content-type']]).toEqual([304, '', undefined]);
      expect(answer.headers['etag']).toMatch(/^(W\/)?"3(-gzip)?"$/);
      expect(answer.headers['x-trace-id']).toBeDefined();
    }
  });

  it('does not affect a change', async () => {
    expect((await replace({ 'if-none-match': '"4"' })).statusCode).toBe(200);
  });

  it('leaves a connection usable after 304', async () => {
    const request = (end: string) => `GET /recipes/1 HTTP/1.1\r\nhost: a\r\nif-none-match: "3"\r\n${end}\r\n`;
    const answer = await rawAnswer(url, request('') + request('connection: close\r\n'));
    expect(answer.status).toBe(304);
  });
});

describe('If-Match', () => {
  it.each(['"3"', '"3.x_-Y"', '"3-gzip"', '"3.abc-gzip"', '"2", "3"', '*'])('allows a change to the current version: %s', async (tag) => {
    const answer = await replace({ 'if-match': tag });
    expect([answer.statusCode, answer.headers['etag'], stored]).toEqual([200, '"4"', { version: 4, text: 'Fry.' }]);
  });

  it.each(['"2"', '"4"', '"30"', 'W/"3"', '"abc"', '""', '"1", "2"'])('prevents a change to another version: %s', async (tag) => {
    const answer = await replace({ 'if-match': tag });
    expect([answer.statusCode, answer.headers['content-type'], answer.headers['etag']]).toEqual([
      412,
      'application/problem+json',
      undefined,
    ]);
    expect(answer.json()).toMatchObject({ status: 412, code: 'VERSION_OUTDATED', detail: expect.stringContaining('its version is now 3') });
    expect(stored).toEqual({ version: 3, text: short });
  });

  it('is optional', async () => {
    expect((await replace()).statusCode).toBe(200);
  });
});

describe('a malformed list of ETags', () => {
  it.each(['3', '"3', '3"', '"3" "4"', '"3",', 'w/"3"', ''])('is rejected with what to send instead: %j', async (tag) => {
    const answers = [await read({ 'if-none-match': tag }), await replace({ 'if-match': tag })];
    for (const answer of answers) {
      expect([answer.statusCode, answer.json()]).toMatchObject([
        400,
        { code: 'VALIDATION_FAILED', errors: [{ detail: expect.stringContaining('such as "3"') }] },
      ]);
    }
    expect(answers.map((answer) => answer.json<{ errors: Array<{ pointer: string }> }>().errors[0]?.pointer)).toEqual([
      '/If-None-Match',
      '/If-Match',
    ]);
    expect(stored.version).toBe(3);
  });
});

describe('compression', () => {
  const gzip = { 'accept-encoding': 'gzip, deflate, br' };
  beforeEach(() => {
    stored = { version: 3, text: long };
  });

  it('compresses a long response for a client that accepts gzip, with an ETag of its own', async () => {
    const answer = await read(gzip);
    expect(answer.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: 'accept-encoding',
      etag: '"3-gzip"',
      'content-type': 'application/json',
    });
    expect(JSON.parse(gunzipSync(answer.rawPayload).toString())).toEqual({ text: long });
    expect(answer.rawPayload.length).toBeLessThan(1_000);
  });

  it('sends 304 for the ETag of either encoding', async () => {
    for (const tag of ['"3"', '"3-gzip"']) expect((await read({ ...gzip, 'if-none-match': tag })).statusCode).toBe(304);
  });

  it('compresses problems and the description of the API', async () => {
    const described = await app.inject({ url: '/openapi.json', headers: gzip });
    expect([described.headers['content-encoding'], described.headers['content-type']]).toEqual(['gzip', 'application/json']);
    const notFound = await app.inject({ url: `/${'x'.repeat(2_000)}`, headers: gzip });
    expect([notFound.statusCode, notFound.headers['content-type']]).toEqual([404, 'application/problem+json']);
  });

  it.each([
    {},
    { 'accept-encoding': 'br' },
    { 'accept-encoding': 'identity' },
    { 'accept-encoding': 'gzip;q=0' },
    { 'accept-encoding': '' },
  ] as Headers[])('sends other clients what they got before: %j', async (headers) => {
    const answer = await read(headers);
    expect([answer.headers['content-encoding'], answer.headers['etag'], answer.json()]).toEqual([undefined, '"3"', { text: long }]);
  });

  it('leaves a short response as it is', async () => {
    stored = { version: 3, text: short };
    expect((await read(gzip)).headers).toMatchObject({ etag: '"3"', 'content-length': String(JSON.stringify({ text: short }).length) });
  });

  it('rejects a compressed request', async () => {
    const answer = await app.inject({
      method: 'PUT',
      url: '/recipes/1',
      headers: { 'content-encoding': 'gzip', 'content-type': 'application/json' },
      payload: '{}',
    });
    expect(answer.statusCode).toBe(415);
  });
});

it('describes conditional requests in the OpenAPI document', async () => {
  const { paths } = (await app.inject('/openapi.json')).json<{
    paths: Record<string, Record<string, { parameters: Array<{ name: string }>; responses: Record<string, object> }>>;
  }>();
  const { get, put } = paths['/recipes/{id}'] ?? {};
  expect(get?.parameters.map(({ name }) => name)).toContain('If-None-Match');
  expect(put?.parameters.map(({ name }) => name)).toContain('If-Match');
  expect(get?.responses).toMatchObject({ 200: { headers: { ETag: {} } }, 304: { headers: { ETag: {} } } });
  expect(put?.responses).toMatchObject({ 200: { headers: { ETag: {} } }, 412: {} });
});
