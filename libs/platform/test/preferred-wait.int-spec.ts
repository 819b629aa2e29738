import { eventually } from '@ftgo/testing';
import { Controller, Injectable, Module, Param, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AcceptsWait, createService, idParam, type PreferredWait, ReadinessCheck, Settling, Wait } from '../src/index.js';

interface Dish {
  readonly id: number;
  readonly state: 'COOKING' | 'READY';
}

/** The dishes as stored, and each query for them. */
let dishes: Map<number, Dish>;
let queries: Array<readonly number[]>;
let isBroken: boolean;
let isHanging: boolean;
let onQuery: () => unknown;

@Injectable()
class SettledDishes extends Settling<number, Dish> {
  constructor(readiness: ReadinessCheck) {
    super({
      read: async (ids) => {
        queries.push(ids);
        onQuery();
        if (isBroken) throw new Error('connection lost');
        if (isHanging) await new Promise<never>(() => undefined);
        return ids.flatMap((id) => dishes.get(id) ?? []);
      },
      idOf: ({ id }) => id,
      isSettled: ({ state }) => state === 'READY',
      whenStopping: readiness.whenStopping,
    });
  }
}

@Controller('dishes')
class DishController {
  constructor(private readonly settled: SettledDishes) {}

  @Post(':id/cook')
  @AcceptsWait()
  async cook(@Param('id', { schema: idParam() }) id: number, @Wait() wait: PreferredWait | undefined): Promise<Dish> {
    const cooking: Dish = { id, state: 'COOKING' };
    dishes.set(id, cooking);
    return (await this.settled.waitFor(id, wait)) ?? cooking;
  }
}

@Module({ controllers: [DishController], providers: [SettledDishes] })
class Dishes {}

let app: NestFastifyApplication;
beforeAll(async () => {
  app = await createService(Dishes, { name: 'dishes', logLevel: 'silent' });
  await app.listen(0, '127.0.0.1');
});
afterAll(() => app.close());
beforeEach(() => {
  dishes = new Map();
  queries = [];
  isBroken = false;
  isHanging = false;
  onQuery = () => undefined;
});

const cook = (id: number, prefer?: string | string[]) =>
  app.inject({ method: 'POST', url: `/dishes/${id}/cook`, headers: prefer === undefined ? {} : { prefer } });
const isCooking = (id: number) => eventually(() => expect(queries.flat()).toContain(id));
const serve = (id: number) => dishes.set(id, { id, state: 'READY' });

describe('Prefer: wait', () => {
  it('responds once the operation has settled', async () => {
    const answer = cook(1, 'wait=10');
    await isCooking(1);
    serve(1);
    expect([(await answer).json(), (await answer).headers['preference-applied']]).toEqual([{ id: 1, state: 'READY' }, 'wait=10']);
  });

  it('responds with the current state when the wait has expired', async () => {
    const answer = await cook(1, 'wait=0');
    expect([answer.statusCode, answer.json(), answer.headers['preference-applied']]).toEqual([200, { id: 1, state: 'COOKING' }, 'wait=0']);
  });

  it.each([undefined, '', 'respond-async', 'handling=lenient, return=minimal', 'waiting=5'])(
    'responds immediately to a client that does not ask to wait: %j',
    async (prefer) => {
      const answer = await cook(1, prefer);
      expect([answer.json(), answer.headers['preference-applied'], queries]).toEqual([{ id: 1, state: 'COOKING' }, undefined, []]);
    },
  );

  it.each(['WAIT=0', 'wait="0"', ' wait = 0 ', 'respond-async, wait=0', 'wait=0; x=y', 'wait=0, wait=10'])(
    'is read as RFC 7240 requires: %j',
    async (prefer) => {
      expect((await cook(1, prefer)).headers['preference-applied']).toBe('wait=0');
    },
  );

  it.each(['wait=11', 'wait=soon', 'wait', 'wait=', 'wait=-1', 'wait=1.5', 'respond-async, wait=5s'])(
    'is rejected with what to send instead, before anything is done: %j',
    async (prefer) => {
      const answer = await cook(1, prefer);
      expect([answer.statusCode, answer.json()]).toMatchObject([
        400,
        {
          code: 'VALIDATION_FAILED',
          errors: [{ pointer: '/Prefer', detail: 'wait must be a whole number of seconds from 0 to 10, such as wait=5' }],
        },
      ]);
      expect(dishes.size).toBe(0);
    },
  );

  it('reads what clients wait for together, at most 100 at a time', async () => {
    const answers = Array.from({ length: 150 }, (_, i) => cook(i + 1, 'wait=10'));
    await eventually(() => expect(queries.findLast((ids) => ids.length === 100)).toBeDefined());
    expect(Math.max(...queries.map((ids) => ids.length))).toBe(100);
    for (let id = 1; id <= 150; id += 1) serve(id);
    expect((await Promise.all(answers)).map((answer) => answer.json<Dish>().state)).toEqual(Array.from({ length: 150 }, () => 'READY'));
  });

  it('asks no more when no client waits', async () => {
    await cook(1, 'wait=0');
    const asked = queries.length;
    const other = cook(2, 'wait=10');
    await isCooking(2);
    serve(2);
    await other;
    expect(queries.slice(asked).flat()).not.toContain(1);
  });

  it('responds as without it when the state cannot be read, since the operation has begun', async () => {
    isBroken = true;
    const answer = await cook(1, 'wait=0');
    expect([answer.statusCode, answer.json(), answer.headers['preference-applied']]).toEqual([200, { id: 1, state: 'COOKING' }, undefined]);
  });

  it('continues to wait after a failure to read the state', async () => {
    isBroken = true;
    const answer = cook(1, 'wait=10');
    await isCooking(1);
    isBroken = false;
    serve(1);
    expect((await answer).json()).toEqual({ id: 1, state: 'READY' });
  });
});

it('ends when the wait has expired, though the state is still being read', async () => {
  const hanging = await createService(Dishes, { name: 'dishes', logLevel: 'silent' });
  await hanging.listen(0, '127.0.0.1');
  isHanging = true;
  const answer = await hanging.inject({ method: 'POST', url: '/dishes/8/cook', headers: { prefer: 'wait=0' } });
  expect([answer.json(), answer.headers['preference-applied']]).toEqual([{ id: 8, state: 'COOKING' }, undefined]);
  await hanging.close();
});

it('does not keep a stopping service from stopping', async () => {
  const stopping = await createService(Dishes, { name: 'dishes', logLevel: 'silent' });
  await stopping.listen(0, '127.0.0.1');
  const answer = stopping.inject({ method: 'POST', url: '/dishes/7/cook', headers: { prefer: 'wait=10' } });
  await isCooking(7);
  stopping.get(ReadinessCheck).stop();
  // If the wait went on, it would end with the served dish.
  let asked = 0;
  onQuery = () => ++asked === 5 && serve(7);
  expect((await answer).json()).toEqual({ id: 7, state: 'COOKING' });
  await stopping.close();
});
