import { becauseNoKafka, eventually, noKafka } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Ftgo, vindaloo } from '../ftgo.js';
import { call, succeeded } from '../http.js';
import { invariants } from '../invariants.js';

/** Longer than the 5 s after which the engine detects that no relay runs; in production, deadlines are minutes. */
const stepDeadlineMs = 7_000;
const participants = ['consumer-service', 'kitchen-service'];

let ftgo: Ftgo;
let consumerId: number;
let restaurantId: number;

beforeAll(async () => {
  ftgo = await Ftgo.start({ env: { FTGO_SAGA_STEP_DEADLINE_MS: String(stepDeadlineMs) } });
  [consumerId, restaurantId] = await Promise.all([ftgo.aConsumer(), ftgo.aRestaurant()]);
}, 120_000);

afterAll(() => ftgo?.close());
afterEach(async () => {
  const stopped = (await ftgo.system.ps()).filter(({ state }) => state === 'stopped');
  for (const { name } of stopped) await ftgo.system.start(name); // a test that failed
  expect(await invariants(ftgo)).toEqual([]);
});

const placeOrders = (count: number): Promise<number[]> =>
  Promise.all(Array.from({ length: count }, () => ftgo.placeOrder({ consumerId, restaurantId }, 'order-service')));

/** The time at which the deadline of every running step passed a second ago, by the wall clock. */
async function endOfDeadlines(): Promise<number> {
  const [due] = await ftgo.databases.rows<{ at: Date | null }>('ftgo_order', 'SELECT max(due_at) AS at FROM saga_deadline');
  const end = (due?.at?.getTime() ?? Number.NaN) + 1_000;
  expect(end).toBeGreaterThan(Date.now()); // there are such steps
  return end;
}

const untilItIs = (time: number): Promise<void> =>
  eventually(() => expect(Date.now()).toBeGreaterThan(time), { timeoutMs: 5 * stepDeadlineMs, intervalMs: 100 });

const statesOf = async (ids: readonly number[]): Promise<string[]> => {
  const rows = await ftgo.databases.rows<{ state: string }>('ftgo_order', 'SELECT DISTINCT state FROM orders WHERE id = ANY($1)', [ids]);
  return rows.map(({ state }) => state);
};

describe('for longer than the deadline of a step', () => {
  const takesOrdersWithout = async (name: string) => {
    const before = await placeOrders(5);
    await ftgo.system.stop(name, { isHard: true });
    const during = await placeOrders(5);
    await untilItIs(await endOfDeadlines());
    expect(await statesOf(during)).toEqual(['APPROVAL_PENDING']);
    await ftgo.system.start(name);
    await ftgo.untilApproved([...before, ...during]);
  };

  test.skipIf(noKafka)(`Kafka is down: orders are accepted and wait, and none is rejected${becauseNoKafka}`, () =>
    takesOrdersWithout('kafka'),
  );

  test('the relay is down: orders are accepted and wait, and none is rejected', () => takesOrdersWithout('outbox-relay'));

  test('Kitchen and Consumer are down: orders are compensated, and late replies change nothing', async () => {
    await ftgo.system.stop('kitchen-service', { isHard: true });
    const [atKitchen] = (await placeOrders(1)) as [number];
    await eventually(async () => expect(await history(atKitchen)).toContain('sent create ticket'));
    await ftgo.system.stop('consumer-service', { isHard: true });
    const [atConsumer] = (await placeOrders(1)) as [number];
    // Consumer has nothing to undo, so the order is rejected without it.
    await ftgo.untilRejected([atConsumer]);
    expect((await ftgo.order(atConsumer)).rejection?.detail).toBeTruthy();
    // Kitchen may have created a ticket, so the order is rejected only after Kitchen has confirmed that there is none.
    expect(await history(atKitchen)).toContain('no-answer create ticket');
    expect(await statesOf([atKitchen])).toEqual(['APPROVAL_PENDING']);
    await Promise.all([ftgo.system.start('kitchen-service'), ftgo.system.start('consumer-service')]);
    await ftgo.untilRejected([atKitchen]);
    expect((await ftgo.ticket(atKitchen)).state).toBe('CREATION_CANCELLED');
    await eventually(async () => expect(await history(atConsumer)).toContain('ignored validate consumer'), { timeoutMs: 60_000 });
    expect((await ftgo.order(atConsumer)).state).toBe('REJECTED');
  });

  test('Accounting is down: the order is rejected only once Accounting has reversed what it may have authorised', async () => {
    await ftgo.system.stop('accounting-service', { isHard: true });
    const [orderId] = (await placeOrders(1)) as [number];
    await eventually(async () => expect(await history(orderId)).toContain('no-answer authorize card'), { timeoutMs: 60_000 });
    expect(await statesOf([orderId])).toEqual(['APPROVAL_PENDING']);
    await ftgo.system.start('accounting-service');
    await ftgo.untilRejected([orderId]);
    expect((await ftgo.ticket(orderId)).state).toBe('CREATION_CANCELLED');
    expect(await history(orderId)).toContain('ignored authorize card');
  });

  test('Kitchen lags: the ticket is withdrawn before it is created, and never created later', async () => {
    const id = await aRestaurantThatKitchenKnowsLate();
    const orderId = await ftgo.placeOrder({ consumerId, restaurantId: id });
    await eventually(async () => expect(await deferred()).toBe(1));
    await ftgo.untilRejected([orderId]);
    await reviseMenu(id);
    await eventually(async () => expect(await deferred()).toBe(0));
    expect((await call('GET', ftgo.url('kitchen-service', `/tickets/${orderId}`))).status).toBe(404);
    const answers = await ftgo.databases.rows('ftgo_kitchen', `SELECT 1 FROM saga_answer WHERE outcome = 'withdrawn'`);
    expect(answers).toHaveLength(1);
  });
});

describe('for a short time', () => {
  test('Kitchen lags: the order is approved as soon as the change arrives', async () => {
    const id = await aRestaurantThatKitchenKnowsLate();
    const orderId = await ftgo.placeOrder({ consumerId, restaurantId: id });
    await eventually(async () => expect(await deferred()).toBe(1));
    await reviseMenu(id);
    await ftgo.untilApproved([orderId]);
  });
});

describe('while a process is down', () => {
  test('clients of order-service get 503 with Retry-After', async () => {
    await ftgo.system.stop('postgres', { isHard: true });
    try {
      for (const app of ['order-service', 'api-gateway']) {
        const { status, headers, body } = await call('GET', ftgo.url(app, '/orders/1'));
        expect([app, status]).toEqual([app, 503]);
        expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
        expect(body).toMatchObject({ status: 503, code: 'DEPENDENCY_UNAVAILABLE' });
      }
      await ftgo.untilHealth('order-service', 'down');
    } finally {
      await ftgo.system.start('postgres');
    }
    for (const app of [...participants, 'order-service', 'restaurant-service']) await ftgo.untilReady(app);
  });

  test('the gateway reports that order-service does not respond', async () => {
    await ftgo.system.stop('order-service');
    try {
      const { status, headers, body } = await call('GET', ftgo.url('api-gateway', '/orders/1'));
      expect(status).toBe(503);
      expect(headers.get('retry-after')).toBeTruthy();
      expect((body as { detail: string }).detail).toContain('order-service');
    } finally {
      await ftgo.system.start('order-service');
    }
  });
});

// Runs last, since a killed process delays the deadlines of all sagas for half a minute.
describe('for longer than the deadline of a step, again', () => {
  test('everything but Kafka is down: orders in progress wait, and none is rejected', async () => {
    await ftgo.system.stop('outbox-relay', { isHard: true });
    const ids = await placeOrders(5);
    const end = await endOfDeadlines();
    const others = ['order-service', 'kitchen-service', 'consumer-service', 'postgres'];
    await Promise.all(others.map((name) => ftgo.system.stop(name, { isHard: true })));
    await untilItIs(end);
    for (const name of [...others.toReversed(), 'outbox-relay']) await ftgo.system.start(name);
    await ftgo.untilApproved(ids);
  });
});

/** Simulates that Kitchen has not received the last change of the restaurant yet. */
async function aRestaurantThatKitchenKnowsLate(): Promise<number> {
  const id = await ftgo.aRestaurant();
  await ftgo.databases.rows('ftgo_kitchen', 'UPDATE restaurants SET sequence = 0 WHERE id = $1', [id]);
  return id;
}

/** The next change, which includes everything in the last one. */
async function reviseMenu(id: number): Promise<void> {
  await succeeded(call('PUT', ftgo.url('restaurant-service', `/restaurants/${id}/menu`), { menuItems: [{ ...vindaloo, price: '13.00' }] }));
  await ftgo.untilKnown('kitchen-service', id, 2);
}

/** The history of an order's saga. */
const history = async (orderId: number): Promise<string[]> => {
  const rows = await ftgo.databases.rows<{ event: string }>(
    'ftgo_order',
    `SELECT h.event || ' ' || h.step AS event FROM saga_history h JOIN saga_instance i ON i.id = h.saga_id WHERE (i.state->>'orderId')::bigint = $1`,
    [orderId],
  );
  return rows.map(({ event }) => event);
};

const deferred = () => ftgo.databases.number('ftgo_kitchen', `SELECT count(*) AS n FROM dead_letter WHERE status = 'deferred'`);
