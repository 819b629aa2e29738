import { eventually, type RunningSystem, uniqueName } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ftgo, samosas } from './ftgo.js';
import { call, succeeded } from './http.js';
import { invariants } from './invariants.js';

let ftgo: Ftgo<RunningSystem>;
let consumerId: number;
let restaurantId: number;

beforeAll(async () => {
  ftgo = await Ftgo.open();
  [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer({ creditLimit: '10000.00' }), ftgo.aRestaurant()]);
}, 180_000);

afterAll(() => ftgo?.close());

/** Five vindaloos: 61.70. */
const approvedOrder = async (): Promise<number> => {
  const orderId = await ftgo.placeOrder({ consumerId, restaurantId });
  await ftgo.untilApproved([orderId]);
  return orderId;
};
const cancel = (orderId: number) => call('POST', ftgo.url('api-gateway', `/orders/${orderId}/cancel`), {});
const revise = (orderId: number, quantities: Readonly<Record<string, number>>) => {
  const revisedOrderLineItems = Object.entries(quantities).map(([menuItemId, quantity]) => ({ menuItemId, quantity }));
  return call('POST', ftgo.url('api-gateway', `/orders/${orderId}/revise`), { revisedOrderLineItems });
};
const becomes = (orderId: number, expected: object) =>
  eventually(async () => expect(await ftgo.order(orderId)).toMatchObject(expected), { timeoutMs: 60_000 });
const authorized = async () =>
  (await succeeded<{ authorized: string }>(call('GET', ftgo.url('accounting-service', `/accounts/${consumerId}`)))).authorized;
const act = (orderId: number, action: string, body: object = {}) =>
  succeeded(call('POST', ftgo.url('kitchen-service', `/tickets/${orderId}/${action}`), body));

describe('an approved order', () => {
  test('is cancelled, with its ticket cancelled and its authorisation reversed', async () => {
    const before = await authorized();
    const orderId = await approvedOrder();
    expect(await cancel(orderId)).toMatchObject({ status: 200, body: { orderId, state: 'CANCEL_PENDING' } });
    await becomes(orderId, { state: 'CANCELLED' });
    expect([(await ftgo.ticket(orderId)).state, await authorized()]).toEqual(['CANCELLED', before]);
  });

  test('is revised: lines, total and authorisation change together', async () => {
    const before = Number(await authorized());
    const orderId = await approvedOrder();
    expect(await revise(orderId, { 1: 2, [samosas.id]: 3 })).toMatchObject({ status: 200, body: { state: 'REVISION_PENDING' } });
    await becomes(orderId, { state: 'APPROVED', orderTotal: '38.18' });
    expect((await ftgo.ticket(orderId)).lineItems.map(({ quantity }) => quantity)).toEqual([2, 3]);
    expect(Number(await authorized()) - before).toBeCloseTo(38.18, 2);
    expect(await cancel(orderId)).toMatchObject({ status: 200 });
    await becomes(orderId, { state: 'CANCELLED' });
    expect(Number(await authorized())).toBeCloseTo(before, 2);
  });

  test('that is being prepared can be neither cancelled nor revised, and states the reason', async () => {
    const orderId = await approvedOrder();
    await act(orderId, 'accept', { readyBy: '2100-01-01T10:00:00' });
    await act(orderId, 'preparing');
    expect(await cancel(orderId)).toMatchObject({ status: 200, body: { state: 'CANCEL_PENDING' } });
    await becomes(orderId, { state: 'APPROVED', lastRefusal: { operation: 'cancel', code: 'TICKET_NOT_CANCELLABLE' } });
    expect(await revise(orderId, { 1: 6 })).toMatchObject({ status: 200 });
    await becomes(orderId, { state: 'APPROVED', orderTotal: '61.70', lastRefusal: { operation: 'revise', code: 'TICKET_NOT_REVISABLE' } });
    await act(orderId, 'ready');
  });

  test('stays unchanged, and so does its ticket, when the new total exceeds the credit limit', async () => {
    const orderId = await approvedOrder();
    expect(await revise(orderId, { 1: 1_000 })).toMatchObject({ status: 200 });
    await becomes(orderId, { state: 'APPROVED', orderTotal: '61.70', lastRefusal: { operation: 'revise', code: 'CREDIT_LIMIT_EXCEEDED' } });
    expect(await ftgo.ticket(orderId)).toMatchObject({ state: 'AWAITING_ACCEPTANCE', lineItems: [{ quantity: 5 }] });
    await act(orderId, 'accept', { readyBy: '2100-01-01T10:00:00' });
  });

  test('is changed by exactly one of a concurrent cancellation and revision', async () => {
    const ids = await Promise.all(Array.from({ length: 4 }, approvedOrder));
    for (const orderId of ids) {
      const answers = await Promise.all([cancel(orderId), revise(orderId, { 1: 6 })]);
      expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
      const isCancelled = answers[0]?.status === 200;
      await becomes(orderId, isCancelled ? { state: 'CANCELLED' } : { state: 'APPROVED', orderTotal: '74.04' });
    }
  });
});

test('an order with an Idempotency-Key is placed once, however often it is sent to gateway and service', async () => {
  const order = {
    consumerId,
    restaurantId,
    deliveryTime: '2030-01-31T18:30:00',
    deliveryAddress: { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94612' },
    lineItems: [{ menuItemId: '1', quantity: 1 }],
  };
  const key = uniqueName('one-dinner');
  const place = (app: string) => call('POST', ftgo.url(app, '/orders'), order, { 'idempotency-key': key });
  const first = await place('api-gateway');
  for (const app of ['api-gateway', 'order-service']) expect(await place(app)).toMatchObject({ status: 200, body: first.body });
});

test('the invariants hold', async () => expect(await invariants(ftgo)).toEqual([]), 60_000);
