import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { askedInParallel, incomplete } from './examples.js';
import { type PlayedName, play } from './services.js';

const orderInfo = { orderId: '17', state: 'APPROVED' };
const ticketInfo = { id: 17, state: 'ACCEPTED', readyBy: '2026-11-21T19:00:00.500' };
const deliveryInfo = { id: 17, state: 'SCHEDULED', assignedCourier: 9_000_000_001 };
const authorizationInfo = { state: 'AUTHORIZED', amount: '61.70' };
const restaurantInfo = { restaurantId: 3, name: 'Ajanta' };
const consumer = { consumerId: 7, name: { firstName: 'Ada', lastName: 'Lovelace' } };
const restaurant = {
  id: 3,
  name: 'Ajanta',
  address: { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94612' },
  menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] },
  orderMinimum: '0.00',
};

describe('the details of an order', () => {
  let gateway: ApiGatewayUnderTest;

  beforeAll(async () => {
    // Longer than a test may take, so only the deadline of an optional part ends a call here.
    gateway = await startApiGateway({ callDeadlineMs: 120_000 });
  });
  afterAll(() => gateway?.close());

  const shown = async (path: string) => {
    const { statusCode, json } = await gateway.get(`/orders/${path}`);
    expect(statusCode).toBe(200);
    return json<Record<string, unknown> & { unavailable?: string[] }>();
  };
  const stop = async (name: PlayedName) => {
    const { port } = gateway.services[name];
    await gateway.services[name].close();
    return async () => {
      gateway.services[name] = await play(name, port);
    };
  };
  /** An open circuit breaker closes within a second or two. */
  const soon = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 10_000 });

  it('are composed from all services', async () => {
    expect(await shown('17')).toEqual({ orderInfo, ticketInfo, deliveryInfo, authorizationInfo, restaurantInfo });
  });

  it('include the reason of a rejection, and then neither a ticket nor an authorisation', async () => {
    expect(await shown('18')).toEqual({
      orderInfo: { orderId: '18', state: 'REJECTED', rejection: { code: 'CONSUMER_NOT_FOUND', detail: 'consumer 8 not found' } },
      restaurantInfo,
    });
  });

  it('are requested from all services concurrently', async () => {
    const { unavailable, orderInfo: asked } = await shown(`${askedInParallel}?expand=consumer`);
    expect([asked, unavailable]).toEqual([{ ...orderInfo, orderId: String(askedInParallel) }, undefined]);
  });

  it('omit the parts of failing and late services, and list both as unavailable', async () => {
    expect(await shown(String(incomplete))).toEqual({
      orderInfo: { ...orderInfo, orderId: String(incomplete) },
      restaurantInfo,
      unavailable: ['ticket', 'delivery'],
    });
  });

  it('omit the parts of services that are down, and list them as unavailable', async () => {
    const restarts = await Promise.all([stop('kitchen'), stop('accounting'), stop('delivery'), stop('restaurant')]);
    // This one does not have the restaurant in its cache.
    const other = await startApiGateway({ services: gateway.services });
    const { unavailable, ...rest } = (await other.get('/orders/17?expand=restaurant')).json<{ unavailable: string[] }>();
    await other.stop();
    expect(unavailable.toSorted()).toEqual(['authorization', 'delivery', 'restaurant', 'ticket']);
    expect(rest).toEqual({ orderInfo, restaurantInfo: { restaurantId: 3 } });
    await Promise.all(restarts.map((restart) => restart()));
    await soon(async () => expect(await shown('17')).not.toHaveProperty('unavailable'));
  });

  it('include the last known restaurant while its service is down, with its age', async () => {
    await shown('17');
    const restart = await stop('restaurant');
    const { headers, json } = await gateway.get('/orders/17?expand=restaurant');
    expect([headers['age'], json()]).toEqual([
      expect.stringMatching(/^\d+$/),
      { orderInfo, ticketInfo, deliveryInfo, authorizationInfo, restaurantInfo, restaurant },
    ]);
    await restart();
    await soon(async () => expect((await gateway.get('/orders/17')).headers).not.toHaveProperty('age'));
  });

  describe('with expand', () => {
    it.each([
      ['consumer', { consumer }],
      ['restaurant', { restaurant }],
      ['consumer,restaurant', { consumer, restaurant }],
      ['restaurant,consumer', { consumer, restaurant }],
      ['restaurant,restaurant', { restaurant }],
    ])('=%s include these in full, as on their own routes', async (names, expanded) => {
      expect(await shown(`17?expand=${names}`)).toEqual({
        orderInfo,
        ticketInfo,
        deliveryInfo,
        authorizationInfo,
        restaurantInfo,
        ...expanded,
      });
      if ('consumer' in expanded) expect((await gateway.get('/consumers/7')).json()).toEqual(expanded.consumer);
      if ('restaurant' in expanded) expect((await gateway.get('/restaurants/3')).json()).toEqual(expanded.restaurant);
    });

    it('=consumer omit an unknown consumer', async () => {
      const { orderInfo: rejected, ...rest } = await shown('18?expand=consumer');
      expect([rejected, rest]).toEqual([expect.objectContaining({ state: 'REJECTED' }), { restaurantInfo }]);
    });

    it('=consumer list it as unavailable while its service is down', async () => {
      const restart = await stop('consumer');
      expect(await shown('17')).not.toHaveProperty('unavailable');
      const { consumer: none, unavailable, ...rest } = await shown('17?expand=consumer,restaurant');
      expect([none, unavailable]).toEqual([undefined, ['consumer']]);
      expect(rest).toEqual({ orderInfo, ticketInfo, deliveryInfo, authorizationInfo, restaurantInfo, restaurant });
      await restart();
      await soon(async () => expect(await shown('17?expand=consumer')).toMatchObject({ consumer }));
    });

    it.each(['', 'courier', 'consumer,courier', 'consumer,', 'Consumer', 'consumer;restaurant', 'consumer&expand=restaurant', 'toString'])(
      '=%s are rejected',
      async (names) => {
        const rejected = await gateway.get(`/orders/17?expand=${names}`);
        expect([rejected.statusCode, rejected.json()]).toMatchObject([
          400,
          { code: 'VALIDATION_FAILED', errors: [{ pointer: '/expand' }] },
        ]);
      },
    );
  });

  it.each([
    ['/orders/99', 404, 'ORDER_NOT_FOUND'],
    ['/orders/99?expand=consumer,restaurant', 404, 'ORDER_NOT_FOUND'],
    ['/orders/abc', 400, 'VALIDATION_FAILED'],
    ['/orders/0', 400, 'VALIDATION_FAILED'],
    ['/orders/9007199254740993', 400, 'VALIDATION_FAILED'],
    ['/nowhere', 404, 'ROUTE_NOT_FOUND'],
  ])('at %s return %d', async (url, status, code) => {
    const rejected = await gateway.get(url);
    expect([rejected.statusCode, rejected.headers['content-type'], rejected.json()]).toEqual([
      status,
      expect.stringContaining('application/problem+json'),
      expect.objectContaining({ status, code }),
    ]);
  });

  it.each([
    ['order', 'order-service', '/orders/17'],
    ['orderHistory', 'order-history-service', '/orders?consumerId=7'],
    ['consumer', 'consumer-service', '/consumers/7'],
    ['restaurant', 'restaurant-service', '/restaurants?pageSize=7'],
    ['kitchen', 'kitchen-service', '/tickets/17'],
    ['delivery', 'delivery-service', '/deliveries/17'],
  ] as const)(
    'and the routes of the %s service return 503 with Retry-After while it is down, 200 once it is back',
    async (name, service, url) => {
      const restart = await stop(name);
      const rejected = await gateway.get(url);
      expect([rejected.statusCode, rejected.headers['retry-after'], rejected.json()]).toEqual([
        503,
        '1',
        expect.objectContaining({ code: 'DEPENDENCY_UNAVAILABLE', detail: `${service} is unavailable; retry later` }),
      ]);
      await restart();
      await soon(async () => expect((await gateway.get(url)).statusCode).toBe(200));
    },
  );
});
