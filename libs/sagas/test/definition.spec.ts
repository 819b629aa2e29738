import { Money } from '@ftgo/kernel';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { milliseconds } from '../src/definition/duration.js';
import { plainValues } from '../src/definition/state-codec.js';
import { InvalidSaga, type SagaDefinition, saga } from '../src/index.js';
import {
  type About,
  CheckCustomer,
  Newsletter,
  Orders,
  Pay,
  type PlaceOrder,
  placeOrderSaga,
  Refund,
  Release,
  Reserve,
  replies,
  Ship,
} from './shop.js';

const begin = (version = 1) => saga<About>('test', { version, replies });
const about = ({ orderId }: About) => ({ orderId });
const approve = (orders: Orders, { orderId }: About) => orders.approve(orderId, undefined);

function problemsOf(build: () => SagaDefinition<About>): readonly string[] {
  try {
    build();
    return [];
  } catch (error) {
    if (error instanceof InvalidSaga) return error.problems;
    throw error;
  }
}

describe('a definition', () => {
  it('is data that can be drawn', () => {
    expect(placeOrderSaga.steps.map(({ name, action, undo, pivot }) => ({ name, does: action.kind, undo: undo?.kind, pivot }))).toEqual([
      { name: 'create order', does: 'done', undo: 'local', pivot: false },
      { name: 'check customer', does: 'invoke', undo: undefined, pivot: false },
      { name: 'reserve', does: 'invoke', undo: 'invoke', pivot: false },
      { name: 'pay', does: 'invoke', undo: 'invoke', pivot: true },
      { name: 'ship', does: 'invoke', undo: undefined, pivot: false },
      { name: 'approve order', does: 'local', undo: undefined, pivot: false },
    ]);
    expect(placeOrderSaga.steps.find(({ pivot }) => pivot)?.deadlineMs).toBe(30_000);
  });

  it('is checked by the compiler: payload, reply, state and service', () => {
    const steps = saga<PlaceOrder>('typed', { version: 1, replies }).step('reserve');
    // @ts-expect-error `items` is missing
    steps.invoke(Reserve, ({ orderId }) => ({ orderId }));
    steps
      .invoke(Reserve, ({ orderId, items }) => ({ orderId, items }))
      .onReply((_, reply) => {
        expectTypeOf(reply).toEqualTypeOf<{ readonly shelf: string }>();
      });
    // @ts-expect-error the state has no `colour`
    steps.invoke(Release, ({ orderId }) => ({ orderId })).onReply(() => ({ colour: 'red' }));
    steps.local(Orders, (orders, state) => {
      expectTypeOf(orders).toEqualTypeOf<Orders>();
      expectTypeOf(state).toEqualTypeOf<PlaceOrder>();
    });
  });

  it.each([
    ['no steps', () => (begin() as unknown as { build(): SagaDefinition<About> }).build(), 'it has no steps'],
    ['an invalid version', () => begin(0).step('a').done().build(), 'invalid version 0'],
    ['two steps with the same name', () => begin().step('a').done().step('a').done().build(), 'duplicate step name "a"'],
    ['a step without a name', () => begin().step(' ').done().build(), 'a step has no name'],
    ['the name of a compensation', () => begin().step('a:undo').done().build(), 'is reserved for compensations'],
    [
      'two pivots',
      () =>
        begin()
          .step('a')
          .invoke(CheckCustomer, about)
          .pivot()
          .sendAgainWhenInDoubt()
          .step('b')
          .invoke(Ship, about)
          .pivot()
          .sendAgainWhenInDoubt()
          .build(),
      '2 pivots ("a", "b")',
    ],
    [
      'a pivot that may be in doubt',
      () => begin().step('a').invoke(CheckCustomer, about).pivot().build(),
      '"a" is the pivot and its reply may be missing',
    ],
    [
      'a pivot with an undo that never runs',
      () =>
        begin()
          .step('a')
          .invoke(Pay, (s) => ({ ...s, cents: 1 }))
          .pivot()
          .sendAgainWhenInDoubt()
          .undo(Refund, about)
          .build(),
      'has an undo(…) that can never run',
    ],
    ['a pivot that is done', () => begin().step('a').done().pivot().build(), '"a" cannot be the pivot'],
    [
      'a local pivot with an undo',
      () => begin().step('a').local(Orders, approve).pivot().undo(Release, about).build(),
      'a local pivot is never in doubt',
    ],
    [
      'an undo after the pivot',
      () => begin().step('a').local(Orders, approve).pivot().step('b').invoke(Ship, about).undo(Release, about).build(),
      '"b" comes after the pivot and is never undone',
    ],
    [
      'a step after the pivot that can be rejected',
      () => begin().step('a').local(Orders, approve).pivot().step('b').invoke(CheckCustomer, about).build(),
      'shop.v1.CheckCustomer can be rejected (CUSTOMER_NOT_FOUND)',
    ],
    [
      'a compensation that can be rejected',
      () => begin().step('a').done().undo(CheckCustomer, about).build(),
      'undone by shop.v1.CheckCustomer, which can be rejected',
    ],
    ['a notification, which has no reply', () => begin().step('a').invoke(Newsletter, about).build(), '"a" would wait forever'],
    [
      'a step that is done too late',
      () => begin().step('a').invoke(Ship, about).step('b').done().build(),
      '"b" is done() but follows a step that is not',
    ],
  ])('is rejected with a reason if it has %s', (_, build, problem) => {
    expect(problemsOf(build).join('\n')).toContain(problem);
  });

  it('reports all problems at once', () => {
    expect(problemsOf(() => begin(0).step('').done().step('').done().build())).toHaveLength(4);
  });

  it('accepts human-readable durations', () => {
    expect([milliseconds('30s'), milliseconds('2m'), milliseconds('250ms'), milliseconds('1h'), milliseconds(5)]).toEqual([
      30_000, 120_000, 250, 3_600_000, 5,
    ]);
    for (const wrong of ['30' as never, 'soon' as never, 0, Number.NaN, '-1s' as never])
      expect(() => milliseconds(wrong)).toThrow('invalid duration');
  });
});

describe('the state of a saga', () => {
  const codec = plainValues<Record<string, unknown>>();
  const kept = (state: Record<string, unknown>) => codec.fromJson(JSON.parse(JSON.stringify(codec.toJson(state))));

  it('is restored from the database unchanged', () => {
    const state = {
      total: Money.of('61.70', 'EUR'),
      at: new Date('2026-01-02T03:04:05.678Z'),
      lines: [{ id: '1', price: Money.of('1') }, null],
      nested: { deep: { yes: true, no: false, nothing: null } },
      n: 2 ** 53 - 1,
    };
    expect(kept(state)).toEqual(state);
    expect(kept(state)['total']).toBeInstanceOf(Money);
  });

  it('may have keys that look like those of the codec', () => {
    const state = { $money: 'mine', plain: { $date: { $plain: 1 } }, real: new Date(0) };
    expect(kept(state)).toEqual(state);
  });

  it('omits undefined values', () => {
    expect(Object.keys(kept({ a: undefined, b: 1 }))).toEqual(['b']);
  });

  it.each([
    ['a class of the application', { order: { it: new (class Order {})() } }, 'order.it is an instance of Order'],
    ['a map', { m: new Map() }, 'm is an instance of Map'],
    ['a function', { f: () => 1 }, 'f is a function'],
    ['a bigint', { b: 1n }, 'b is a bigint'],
    ['no number', { n: [1, Number.NaN] }, 'n[1] is NaN'],
    ['a NUL', { s: 'a\0b' }, 's contains a NUL character'],
    ['a lone surrogate', { s: '\ud83d' }, 's contains a lone surrogate'],
  ])('rejects %s', (_, state, problem) => {
    expect(() => codec.toJson(state)).toThrow(problem);
  });
});
