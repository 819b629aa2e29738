import { OrderServiceApi } from '@ftgo/contracts/order';
import { RestaurantServiceApi } from '@ftgo/contracts/restaurant';
import { DomainError } from '@ftgo/kernel';
import { DependencyUnavailable } from '@ftgo/platform';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dependencies } from '../src/client/dependency-metrics.js';
import { responseAge } from '../src/client/response-age.js';
import { deadline, grpcProxy } from '../src/index.js';
import { type Behaviour, order, startOrderService } from './order-service.fixture.js';
import { type RestaurantBehaviour, restaurant, startRestaurantService } from './restaurant-service.fixture.js';

class OrderServiceProxy extends grpcProxy(OrderServiceApi) {}
class RestaurantServiceProxy extends grpcProxy(RestaurantServiceApi) {}

const cleanUps: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function ordersOf(behaviour: Behaviour, policy: Partial<ConstructorParameters<typeof OrderServiceProxy>[0]>) {
  const server = await startOrderService(behaviour);
  cleanUps.push(() => server.close());
  const proxy = new OrderServiceProxy({ url: server.url, ...policy });
  cleanUps.push(() => proxy.onApplicationShutdown());
  return proxy;
}

async function restaurantsOf(
  behaviour: RestaurantBehaviour,
  policy: Partial<ConstructorParameters<typeof RestaurantServiceProxy>[0]> = {},
) {
  const server = await startRestaurantService(behaviour);
  cleanUps.push(() => server.close());
  const proxy = new RestaurantServiceProxy({ url: server.url, ...policy });
  cleanUps.push(() => proxy.onApplicationShutdown());
  return proxy;
}

const outcomeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'response',
    (error: unknown) => (error instanceof DependencyUnavailable ? 'unavailable' : error),
  );
const unavailable = () => Object.assign(new Error('starting'), { code: 'ECONNREFUSED' });
const stateOf = (name: string) => dependencies().find((each) => each.name === name)!;

/** Calls that stay in flight until they are released. */
function held<Response>(response: Response) {
  const releases: Array<() => void> = [];
  const call = vi.fn(() => new Promise<Response>((resolve) => releases.push(() => resolve(response))));
  return { call, releaseAll: () => releases.splice(0).forEach((release) => release()) };
}

describe('the limit of calls in flight', () => {
  it('lets some calls wait, and fails further ones immediately', async () => {
    const { call: getOrder, releaseAll } = held({ order });
    const orders = await ordersOf({ getOrder }, { concurrentCalls: 2, waitingCalls: 1 });
    const first = [1, 2, 3].map((orderId) => outcomeOf(orders.getOrder({ orderId })));
    await vi.waitFor(() => expect(getOrder).toHaveBeenCalledTimes(2));
    expect(stateOf('order-service')).toMatchObject({ callsInFlight: 2, callsWaiting: 1, circuit: 'closed' });

    expect(await outcomeOf(orders.getOrder({ orderId: 4 }))).toBe('unavailable');

    releaseAll();
    await vi.waitFor(() => expect(getOrder).toHaveBeenCalledTimes(3));
    releaseAll();
    expect(await Promise.all(first)).toEqual(['response', 'response', 'response']);
    expect(stateOf('order-service')).toMatchObject({ callsInFlight: 0, callsWaiting: 0 });
  });

  it('ends a waiting call at its deadline, and never sends it', async () => {
    const { call: getOrder, releaseAll } = held({ order });
    const orders = await ordersOf({ getOrder }, { concurrentCalls: 1, waitingCalls: 1, deadlineMs: 60_000 });
    const first = outcomeOf(orders.getOrder({ orderId: 1 }));
    await vi.waitFor(() => expect(getOrder).toHaveBeenCalledTimes(1));

    expect(await outcomeOf(deadline.runWithin(50, () => orders.getOrder({ orderId: 2 })))).toBe('unavailable');
    releaseAll();
    expect(await first).toBe('response');
    const last = outcomeOf(orders.getOrder({ orderId: 3 }));
    await vi.waitFor(() => expect(getOrder).toHaveBeenCalledTimes(2));
    releaseAll();
    expect([await last, getOrder.mock.calls]).toEqual(['response', [[{ orderId: 1 }], [{ orderId: 3 }]]]);
  });
});

describe('an open circuit', () => {
  it('tries one call after a while; meanwhile the others fail immediately instead of waiting for its outcome', async () => {
    const { call, releaseAll } = held({ order });
    const getOrder = vi.fn(() => Promise.reject<{ order: typeof order }>(unavailable()));
    const orders = await ordersOf({ getOrder }, { breakAfterFailures: 1, breakForMs: 50, retries: 0, deadlineMs: 60_000 });
    expect(await outcomeOf(orders.getOrder({ orderId: 1 }))).toBe('unavailable');
    expect(stateOf('order-service')).toMatchObject({ circuit: 'open', lastFailure: { reason: expect.stringContaining('UNAVAILABLE') } });
    expect(await outcomeOf(orders.getOrder({ orderId: 2 }))).toBe('unavailable');
    expect(getOrder).toHaveBeenCalledTimes(1);

    getOrder.mockImplementation(call);
    await vi.waitFor(() => {
      void outcomeOf(orders.getOrder({ orderId: 3 }));
      expect(stateOf('order-service').circuit).toBe('half_open');
    });
    expect(await outcomeOf(orders.getOrder({ orderId: 4 }))).toBe('unavailable');
    await vi.waitFor(() => expect(call).toHaveBeenCalledTimes(1));
    releaseAll();
    await vi.waitFor(() => expect(stateOf('order-service').circuit).toBe('closed'));
  });
});

describe('a retry', () => {
  it('is made for a change that is declared as idempotent', async () => {
    const reviseMenu = vi.fn(async () => ({ restaurant })).mockRejectedValueOnce(unavailable());
    const restaurants = await restaurantsOf({ reviseMenu });
    expect(await restaurants.reviseMenu({ restaurantId: 3, menu: restaurant.menu })).toEqual({ restaurant });
    expect(reviseMenu).toHaveBeenCalledTimes(2);
  });

  it('is no longer made once the retry budget is spent, so that a failing peer does not get three times its load', async () => {
    const getOrder = vi.fn(() => Promise.reject<{ order: typeof order }>(unavailable()));
    const orders = await ordersOf({ getOrder }, { breakAfterFailures: 1_000, retryPercent: 10 });
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, i) => outcomeOf(orders.getOrder({ orderId: i + 1 }))));
    expect(new Set(outcomes)).toEqual(new Set(['unavailable']));
    const retries = getOrder.mock.calls.length - 100;
    expect(retries).toBeGreaterThan(0);
    expect(retries).toBeLessThanOrEqual(20);
  });
});

describe('a deadline', () => {
  it('is earlier at each hop, so that each server can respond to its caller in time', async () => {
    const seen: Date[] = [];
    const note = () => void seen.push(deadline.current!);
    const inner = await ordersOf({ getOrder: async () => (note(), { order }) }, { deadlineMs: 60_000 });
    const outer = await ordersOf({ getOrder: async () => (note(), inner.getOrder({ orderId: 1 })) }, { deadlineMs: 60_000 });
    const until = new Date(Date.now() + 2_000);
    await deadline.run(until, () => outer.getOrder({ orderId: 1 }));
    const [atOuter, atInner] = seen.map((each) => until.getTime() - each.getTime());
    expect(atOuter).toBeGreaterThan(30);
    expect(atInner).toBeGreaterThan(atOuter! + 30);
  });
});

describe('a cached response', () => {
  const get = (restaurants: RestaurantServiceProxy, restaurantId = 3) =>
    responseAge.observe(async (ageMs) => {
      const response = await restaurants.getRestaurant({ restaurantId });
      return { name: response.restaurant.name, isFresh: ageMs() === undefined };
    });
  const failing = () => {
    let isDown = false;
    const getRestaurant = async () => (isDown ? Promise.reject(unavailable()) : { restaurant });
    return { getRestaurant, fail: () => (isDown = true) };
  };

  it('replaces the error of a read while the peer is down, with its age', async () => {
    const { getRestaurant, fail } = failing();
    const restaurants = await restaurantsOf({ getRestaurant }, { fallback: 'cached', retries: 0 });
    expect(await get(restaurants)).toEqual({ name: 'Ajanta', isFresh: true });
    fail();
    for (let call = 0; call < 8; call++) expect(await get(restaurants)).toEqual({ name: 'Ajanta', isFresh: false });
    await expect(get(restaurants, 4)).rejects.toThrow(DependencyUnavailable);
  });

  it('is not used for a dependency that does not declare it, nor once it is too old', async () => {
    for (const policy of [{}, { fallback: 'cached', cachedForMs: 0 }] as const) {
      const { getRestaurant, fail } = failing();
      const restaurants = await restaurantsOf({ getRestaurant }, { ...policy, retries: 0 });
      await get(restaurants);
      fail();
      await expect(get(restaurants)).rejects.toThrow(DependencyUnavailable);
    }
  });

  it('does not hide an error that the peer returned', async () => {
    const getRestaurant = vi.fn(async () => ({ restaurant }));
    const restaurants = await restaurantsOf({ getRestaurant }, { fallback: 'cached' });
    await get(restaurants);
    getRestaurant.mockRejectedValue(new DomainError('RESTAURANT_NOT_FOUND', 'not-found', 'restaurant 3 not found'));
    await expect(get(restaurants)).rejects.toThrow('restaurant 3 not found');
  });

  it('is never from before a change by the same process, even one that failed', async () => {
    const { getRestaurant, fail } = failing();
    const reviseMenu = () => Promise.reject(unavailable());
    const restaurants = await restaurantsOf({ getRestaurant, reviseMenu }, { fallback: 'cached', retries: 0 });
    await get(restaurants);
    expect(await outcomeOf(restaurants.reviseMenu({ restaurantId: 3, menu: restaurant.menu }))).toBe('unavailable');
    fail();
    await expect(get(restaurants)).rejects.toThrow(DependencyUnavailable);
  });
});
