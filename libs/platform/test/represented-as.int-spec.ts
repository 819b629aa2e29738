import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createService, HasETag, RepresentedAs, Tagged } from '../src/index.js';

interface Dish {
  readonly name: string;
  readonly cents: number;
}

const version2 = 'application/vnd.dish.v2+json';
const amount = z.object({ amount: z.string(), currency: z.string() });
const forms = {
  'application/json': {
    schema: z.object({ name: z.string(), price: z.string() }).meta({ id: 'Dish', example: { name: 'Naan', price: '3.50' } }),
    write: ({ name, cents }: Dish) => ({ name, price: (cents / 100).toFixed(2) }),
  },
  [version2]: {
    schema: z.object({ name: z.string(), price: amount }).meta({ example: { name: 'Naan', price: { amount: '3.50', currency: 'USD' } } }),
    write: ({ name, cents }: Dish) => ({ name, price: { amount: (cents / 100).toFixed(2), currency: 'USD' } }),
  },
};

const inBytes = {
  'application/json': forms['application/json'],
  'application/x-dish': { schema: { description: 'a dish in bytes' }, write: ({ name }: Dish) => Buffer.from([0, 255, name.length]) },
};

let cooked = 0;

@Controller('dishes')
class DishController {
  @Get('curry')
  @HasETag({ isRead: true })
  @RepresentedAs(inBytes)
  async curry(): Promise<Tagged<Dish>> {
    return new Tagged('"1"', { name: 'Curry', cents: 1_000 });
  }

  @Get('naan')
  @RepresentedAs(forms)
  async naan(): Promise<Dish> {
    cooked += 1;
    return { name: 'Naan'.padEnd(2_000, '!'), cents: 350 };
  }
}

@Module({ controllers: [DishController] })
class Dishes {}

describe('a resource in several versions', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await createService(Dishes, { name: 'dishes', logLevel: 'silent' });
    await app.init();
  });
  afterAll(() => app.close());

  const get = (headers: Record<string, string>) => app.inject({ url: '/dishes/naan', headers });
  const typeFor = async (accept: string) => (await get({ accept })).headers['content-type'];

  it('is shown in the first version to clients that ask for none', async () => {
    const accepts = ['*/*', 'application/*', 'application/json; charset=utf-8'];
    for (const headers of [{}, ...accepts.map((accept): Record<string, string> => ({ accept }))]) {
      const answer = await get(headers);
      expect([answer.headers['content-type'], answer.json<{ price: unknown }>().price]).toEqual(['application/json', '3.50']);
    }
  });

  it('is shown in the version that the client prefers', async () => {
    expect((await get({ accept: version2 })).json()).toMatchObject({ price: { amount: '3.50', currency: 'USD' } });
    expect(await typeFor(`application/json;q=0.5, ${version2}`)).toBe(version2);
    expect(await typeFor(`${version2};q=0.5, application/json`)).toBe('application/json');
    expect(await typeFor(`${version2};q=0, */*`)).toBe('application/json');
  });

  it('may be in bytes, with an ETag of its own', async () => {
    const curry = (headers: Record<string, string>) => app.inject({ url: '/dishes/curry', headers });
    const bytes = await curry({ accept: 'application/x-dish' });
    expect([bytes.headers['content-type'], [...bytes.rawPayload]]).toEqual(['application/x-dish', [0, 255, 5]]);
    const tags = [(await curry({})).headers.etag, bytes.headers.etag] as [string, string];
    expect(tags).toEqual(['"1"', '"1.f1"']);
    const statusFor = async (tag: string, accept: string) => (await curry({ accept, 'if-none-match': tag })).statusCode;
    expect([await statusFor(tags[0], '*/*'), await statusFor(tags[1], '*/*')]).toEqual([304, 200]);
    expect([await statusFor(tags[0], 'application/x-dish'), await statusFor(tags[1], 'application/x-dish')]).toEqual([200, 304]);
  });

  it('is kept apart by caches', async () => {
    const { vary } = (await get({ accept: version2, 'accept-encoding': 'gzip' })).headers;
    expect(String(vary).toLowerCase().split(/, */).toSorted()).toEqual(['accept', 'accept-encoding']);
  });

  it('is not available in other forms: nothing is done, and the error names those that exist', async () => {
    const before = cooked;
    const answer = await get({ accept: 'text/html, application/xml' });
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([406, 'application/problem+json']);
    expect(answer.json()).toMatchObject({
      code: 'NOT_ACCEPTABLE',
      detail: `cannot respond with text/html, application/xml; this resource is available as application/json, ${version2}`,
    });
    expect(cooked).toBe(before);
  });

  it('is described with each media type, its schema and an example', async () => {
    const { paths } = (await app.inject('/openapi.json')).json<{ paths: Record<string, { get: { responses: Record<string, object> } }> }>();
    const { responses } = paths['/dishes/naan']!.get;
    expect(responses).toMatchObject({
      '200': {
        content: {
          'application/json': { schema: { $ref: '#/components/schemas/Dish' }, example: { price: '3.50' } },
          [version2]: { schema: { type: 'object' }, example: { price: { currency: 'USD' } } },
        },
      },
      '406': { $ref: '#/components/responses/NotAcceptable' },
    });
  });
});
