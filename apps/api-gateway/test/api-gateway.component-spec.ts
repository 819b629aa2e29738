import { Money } from '@ftgo/kernel';
import { createService } from '@ftgo/platform';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AppModule } from '../src/app.module.js';
import { type PlayedService, play, received } from './services.js';

describe('api-gateway', () => {
  let services: Record<'order' | 'kitchen' | 'consumer' | 'restaurant' | 'delivery' | 'accounting' | 'orderHistory', PlayedService>;
  let app: NestFastifyApplication;

  beforeAll(async () => {
    const [order, kitchen, consumer, restaurant, delivery, accounting, orderHistory] = await Promise.all([
      play('order'),
      play('kitchen'),
      play('consumer'),
      play('restaurant'),
      play('delivery'),
      play('accounting'),
      play('orderHistory'),
    ]);
    services = { order, kitchen, consumer, restaurant, delivery, accounting, orderHistory };
    const config = {
      httpPort: 0,
      httpHost: '127.0.0.1',
      logLevel: 'silent',
      orderGrpcUrl: order.url,
      consumerGrpcUrl: consumer.url,
      restaurantGrpcUrl: restaurant.url,
      kitchenGrpcUrl: kitchen.url,
      deliveryGrpcUrl: delivery.url,
      accountingGrpcUrl: accounting.url,
      orderHistoryGrpcUrl: orderHistory.url,
      callDeadlineMs: 5_000,
      optionalPartDeadlineMs: 2_000,
    } as const;
    app = await createService(AppModule.forRoot(config), { name: 'api-gateway', logLevel: 'silent' });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  beforeEach(() => received.splice(0));
  afterAll(async () => {
    await app.close();
    await Promise.all(Object.values(services).map((service) => service.close()));
  });

  const get = (url: string) => app.inject({ method: 'GET', url });
  const send = (method: 'POST' | 'PUT' | 'DELETE', url: string, payload?: object | string, headers: Record<string, string> = {}) =>
    app.inject({ method, url, payload, headers: { 'content-type': 'application/json; charset=UTF-8', ...headers } });
  const post = (url: string, payload?: object | string, headers?: Record<string, string>) => send('POST', url, payload, headers);

  const deliveryAddress = { street1: '9 Amazing View', street2: null, city: 'Oakland', state: 'CA', zip: '94612' };
  const newOrder = {
    consumerId: 7,
    restaurantId: 3,
    deliveryTime: '2026-11-21T19:30:00',
    deliveryAddress,
    lineItems: [{ menuItemId: '1', quantity: 5 }],
  };

  describe('placing an order', () => {
    it('asks the order service, and answers with the id', async () => {
      const placed = await post('/orders', { ...newOrder, coupon: 'none of our business' });
      expect([placed.statusCode, placed.headers['content-type'], placed.headers.location, placed.json()]).toEqual([
        200,
        expect.stringContaining('application/json'),
        undefined,
        { orderId: 17 },
      ]);
      expect(received[0]?.request).toEqual({
        consumerId: 7,
        restaurantId: 3,
        deliveryTime: new Date('2026-11-21T19:30:00Z'),
        deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
        lineItems: [{ menuItemId: '1', quantity: 5 }],
      });
    });

    it('is one request for all who take part in it', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const placed = await post('/orders', newOrder, { traceparent, 'x-correlation-id': 'from-the-shop' });
      expect(placed.headers['x-trace-id']).toBe('0af7651916cd43dd8448eb211c80319c');
      expect(received[0]).toMatchObject({
        correlationId: 'from-the-shop',
        traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c'),
      });
    });

    it.each([
      ['malformed JSON', '{"consumerId":', 400, 'MALFORMED_REQUEST', undefined],
      [
        'a number as a name',
        { ...newOrder, deliveryAddress: { ...deliveryAddress, city: 5 } },
        400,
        'VALIDATION_FAILED',
        ['/deliveryAddress/city'],
      ],
      ['quantity 0', { ...newOrder, lineItems: [{ menuItemId: '1', quantity: 0 }] }, 400, 'VALIDATION_FAILED', ['/lineItems/0/quantity']],
      ['no lines', { ...newOrder, lineItems: [] }, 400, 'VALIDATION_FAILED', ['/lineItems']],
      [
        'the same item twice, and no id of a consumer',
        { ...newOrder, consumerId: 'x', lineItems: [newOrder.lineItems[0], newOrder.lineItems[0]] },
        400,
        'VALIDATION_FAILED',
        ['/consumerId', '/lineItems/1/menuItemId'],
      ],
      ['nothing', {}, 400, 'VALIDATION_FAILED', ['/consumerId', '/restaurantId', '/deliveryTime', '/deliveryAddress', '/lineItems']],
      ['a body over 1 MiB', { ...newOrder, filler: 'x'.repeat(1_100_000) }, 413, 'BODY_TOO_LARGE', undefined],
    ])('refuses %s and tells nobody of it', async (_what, body, status, code, pointers) => {
      const refused = await post('/orders', body);
      expect([refused.statusCode, refused.headers['content-type']]).toEqual([status, expect.stringContaining('application/problem+json')]);
      const problem = refused.json<{ code: string; errors?: { pointer: string }[]; traceId: string }>();
      expect(problem).toMatchObject({ status, code, instance: '/orders', traceId: refused.headers['x-trace-id'] });
      expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
      expect(received).toEqual([]);
    });

    it('refuses another media type', async () => {
      expect((await post('/orders', '<order/>', { 'content-type': 'application/xml' })).statusCode).toBe(415);
    });

    it('hands on what the order service refuses, as it was said there', async () => {
      const refused = await post('/orders', { ...newOrder, restaurantId: 404 });
      expect([refused.statusCode, refused.json()]).toEqual([
        422,
        expect.objectContaining({ code: 'RESTAURANT_NOT_KNOWN', detail: 'there is no restaurant 404 to order from' }),
      ]);
    });

    it('tells nothing of a fault in the order service', async () => {
      const failed = await post('/orders', { ...newOrder, restaurantId: 500 });
      expect([failed.statusCode, failed.body.includes('secret'), failed.json<{ detail?: string }>().detail]).toEqual([
        500,
        false,
        undefined,
      ]);
    });
  });

  describe('changing an order', () => {
    const shown = {
      orderId: 17,
      orderTotal: '61.70',
      consumerId: 7,
      restaurantId: 3,
      lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', price: '12.34', quantity: 5 }],
      deliveryTime: '2026-11-21T19:30:00.000',
    };

    it('asks the order service to cancel it, and answers with the order as it is then', async () => {
      const cancelled = await post('/orders/17/cancel', {});
      expect([cancelled.statusCode, cancelled.json()]).toMatchObject([200, { ...shown, state: 'CANCEL_PENDING', version: 3 }]);
      expect(received[0]?.request).toEqual({ orderId: 17 });
      expect((await app.inject({ method: 'POST', url: '/orders/17/cancel' })).statusCode).toBe(200);
    });

    it('asks the order service to revise lines, those of quantity 0 too', async () => {
      const revisedOrderLineItems = [
        { menuItemId: '1', quantity: 0 },
        { menuItemId: '2', quantity: 3 },
      ];
      const revised = await post('/orders/17/revise', { revisedOrderLineItems });
      expect([revised.statusCode, revised.json()]).toMatchObject([
        200,
        { ...shown, state: 'REVISION_PENDING', lastRefusal: { operation: 'cancel', at: '2026-11-21T18:30:00.000' } },
      ]);
      expect(received[0]?.request).toEqual({ orderId: 17, revisedLineItems: revisedOrderLineItems });
    });

    it.each([
      ['/orders/18/cancel', {}, 409, 'ILLEGAL_TRANSITION', undefined],
      ['/orders/99/cancel', {}, 404, 'ORDER_NOT_FOUND', undefined],
      ['/orders/x/cancel', {}, 400, 'VALIDATION_FAILED', ['/orderId']],
      ['/orders/17/revise', {}, 400, 'VALIDATION_FAILED', ['/revisedOrderLineItems']],
      [
        '/orders/17/revise',
        { revisedOrderLineItems: [{ menuItemId: '1', quantity: -1 }] },
        400,
        'VALIDATION_FAILED',
        ['/revisedOrderLineItems/0/quantity'],
      ],
    ])('answers %s %j with %d', async (url, body, status, code, pointers) => {
      const refused = await post(url, body);
      const problem = refused.json<{ errors?: { pointer: string }[] }>();
      expect([refused.statusCode, problem]).toMatchObject([status, { code }]);
      expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
    });
  });

  describe('an Idempotency-Key', () => {
    const address = { ...deliveryAddress, street2: undefined };
    const restaurant = { name: 'Ajanta', address, menu: { menuItems: [{ id: '1', name: 'Naan', price: '2' }] } };

    it.each([
      ['/orders', newOrder],
      ['/consumers', { name: { firstName: 'Ada', lastName: 'Lovelace' } }],
      ['/restaurants', restaurant],
    ])('of POST %s goes to the owner, who remembers it', async (url, body) => {
      await post(url, body, { 'idempotency-key': 'k-1' });
      await post(url, body);
      expect(received.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k-1', undefined]);
    });

    it('that cannot be one is refused', async () => {
      const refused = await post('/orders', newOrder, { 'idempotency-key': 'two words' });
      expect([refused.statusCode, refused.json()]).toMatchObject([400, { errors: [{ pointer: '/Idempotency-Key' }] }]);
      expect(received).toEqual([]);
    });
  });

  describe('looking at an order', () => {
    it('puts together what its services know', async () => {
      const shown = await get('/orders/17');
      expect([shown.statusCode, shown.json()]).toEqual([
        200,
        {
          orderInfo: { orderId: '17', state: 'APPROVED' },
          ticketInfo: { id: 17, state: 'ACCEPTED', readyBy: '2026-11-21T19:00:00.500' },
          deliveryInfo: { id: 17, state: 'SCHEDULED', assignedCourier: 9_000_000_001 },
          authorizationInfo: { state: 'AUTHORIZED', amount: '61.70' },
          restaurantInfo: { restaurantId: 3, name: 'Ajanta' },
        },
      ]);
    });

    it('says why it was rejected, and has neither ticket nor authorisation then', async () => {
      expect((await get('/orders/18')).json()).toEqual({
        orderInfo: { orderId: '18', state: 'REJECTED', rejection: { code: 'CONSUMER_NOT_FOUND', detail: 'there is no consumer 7' } },
        restaurantInfo: { restaurantId: 3, name: 'Ajanta' },
      });
    });

    it.each([
      ['/orders/99', 404, 'ORDER_NOT_FOUND'],
      ['/orders/abc', 400, 'VALIDATION_FAILED'],
      ['/orders/9007199254740993', 400, 'VALIDATION_FAILED'],
      ['/nowhere', 404, 'ROUTE_NOT_FOUND'],
    ])('answers %s with %d', async (url, status, code) => {
      const refused = await get(url);
      expect([refused.statusCode, refused.json()]).toEqual([status, expect.objectContaining({ code })]);
    });
  });

  describe("a consumer's orders", () => {
    it('are listed as the order history tells them', async () => {
      const listed = await get('/orders?consumerId=7');
      expect([listed.statusCode, listed.json()]).toEqual([
        200,
        {
          orders: [
            {
              orderId: '17',
              status: 'APPROVED',
              restaurantId: 3,
              restaurantName: 'Ajanta',
              orderTotal: '61.70',
              lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', price: '12.34', quantity: 5 }],
              deliveryStatus: 'SCHEDULED',
              transitions: [{ event: 'OrderCreated', at: '2026-11-21T18:00:00.000' }],
            },
          ],
          startKey: 'more',
        },
      ]);
      expect((await get('/orders?consumerId=8&startKey=more')).json()).toEqual({ orders: [], startKey: null });
    });

    it('are chosen there', async () => {
      await get('/orders?consumerId=7&status=APPROVED&keyword=ajanta&keyword=naan&since=2026-11-21T18:00:00&pageSize=10&startKey=more');
      expect(received[0]?.request).toEqual({
        consumerId: 7,
        status: 'APPROVED',
        keywords: ['ajanta', 'naan'],
        since: new Date('2026-11-21T18:00:00Z'),
        pageSize: 10,
        pageToken: 'more',
      });
    });

    it.each([
      ['', '/consumerId'],
      ['consumerId=7&status=EATEN', '/status'],
      ['consumerId=7&keyword=', '/keyword'],
      ['consumerId=7&since=yesterday', '/since'],
      ['consumerId=7&pageSize=101', '/pageSize'],
    ])('are refused for ?%s', async (query, pointer) => {
      const refused = await get(`/orders?${query}`);
      expect([refused.statusCode, refused.json<{ errors: unknown }>().errors]).toEqual([400, [expect.objectContaining({ pointer })]]);
    });
  });

  describe('consumers, restaurants and tickets go to their owners', () => {
    it('creates and shows a consumer', async () => {
      expect((await post('/consumers', { name: { firstName: 'Ada', lastName: 'Lovelace' } })).json()).toEqual({ consumerId: 7 });
      expect((await get('/consumers/7')).json()).toEqual({ consumerId: 7, name: { firstName: 'Ada', lastName: 'Lovelace' } });
      expect((await get('/consumers/8')).json()).toMatchObject({ status: 404, code: 'CONSUMER_NOT_FOUND' });
      expect((await post('/consumers', { name: { firstName: '' } })).json<{ errors: unknown }>().errors).toMatchObject([
        { pointer: '/name/firstName' },
        { pointer: '/name/lastName' },
      ]);
    });

    it('creates, shows, lists and revises restaurants', async () => {
      const { street2: _none, ...address } = deliveryAddress;
      const menu = { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.3' }] };
      expect((await post('/restaurants', { name: 'Ajanta', address, menu, orderMinimum: '10' })).json()).toEqual({ id: 3 });
      expect(received[0]?.request).toEqual({
        name: 'Ajanta',
        address,
        menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.30') }] },
        orderMinimum: Money.of('10.00'),
      });
      const shown = (await get('/restaurants/3')).json<{ menu: object }>();
      expect(shown).toMatchObject({ id: 3, name: 'Ajanta', orderMinimum: '0.00', menu: { menuItems: [{ price: '12.34' }] } });
      expect((await get('/restaurants?pageSize=1')).json()).toMatchObject({ restaurants: [{ id: 3 }], startKey: 'more' });
      expect((await get('/restaurants?startKey=more')).json()).toMatchObject({ startKey: null });
      const revised = await send('PUT', '/restaurants/3/menu', { menuItems: [{ id: '2', name: 'Naan', price: '2' }] });
      expect(revised.json()).toMatchObject({ id: 3, menu: { menuItems: [{ id: '2', name: 'Naan', price: '2.00' }] } });
    });

    it.each([
      ['a price as a number', { id: '1', name: 'Naan', price: 2 }, '/menu/menuItems/0/price'],
      ['three decimals', { id: '1', name: 'Naan', price: '2.001' }, '/menu/menuItems/0/price'],
      ['a negative price', { id: '1', name: 'Naan', price: '-2' }, '/menu/menuItems/0/price'],
    ])('refuses a menu with %s', async (_what, item, pointer) => {
      const refused = await post('/restaurants', { name: 'Ajanta', address: deliveryAddress, menu: { menuItems: [item] } });
      expect([refused.statusCode, refused.json<{ errors: unknown }>().errors]).toEqual([400, [expect.objectContaining({ pointer })]]);
    });

    it('shows tickets', async () => {
      expect((await get('/tickets/17')).json()).toMatchObject({ id: 17, state: 'ACCEPTED', readyBy: '2026-11-21T19:00:00.500' });
      expect((await get('/tickets?restaurantId=3&state=ACCEPTED')).json()).toMatchObject({ tickets: [{ id: 17 }] });
      expect(received.at(-1)?.request).toEqual({ restaurantId: 3, state: 'ACCEPTED' });
      expect((await get('/tickets?state=BURNT')).statusCode).toBe(400);
    });

    const scheduledAt = '2026-11-21T18:30:00.000';
    const { street2: _none, ...place } = deliveryAddress;
    const dropoff = { type: 'DROPOFF', address: { ...place, street1: '1 High Street' }, time: '2026-11-21T19:30:00.000' };
    const pickup = { ...dropoff, type: 'PICKUP', time: '2026-11-21T19:00:00.000' };

    it('shows deliveries as their owner does, and leads them to the door', async () => {
      expect((await get('/deliveries/19')).json()).toEqual({
        deliveryInfo: { id: 19, state: 'PENDING' },
        assignedCourier: null,
        courierActions: [],
      });
      expect((await get('/deliveries/17')).json()).toEqual({
        deliveryInfo: { id: 17, state: 'SCHEDULED', scheduledAt },
        assignedCourier: 9_000_000_001,
        courierActions: [pickup, dropoff],
      });
      expect((await post('/deliveries/17/pickup')).json()).toEqual({
        deliveryInfo: { id: 17, state: 'PICKED_UP', scheduledAt, pickedUpAt: '2026-11-21T19:05:00.000' },
        assignedCourier: 9_000_000_001,
        courierActions: [dropoff],
      });
      const delivered = await post('/deliveries/17/dropoff');
      expect([delivered.statusCode, delivered.json()]).toMatchObject([200, { deliveryInfo: { state: 'DELIVERED' }, courierActions: [] }]);
    });

    it('tells the owner who is available, whatever the id, and shows a courier', async () => {
      const courierId = Number.MAX_SAFE_INTEGER;
      const available = await post(`/couriers/${courierId}/availability`, { available: true });
      expect([available.statusCode, available.json()]).toEqual([200, { courierId, available: true, plan: [] }]);
      expect(received.at(-1)?.request).toEqual({ courierId, available: true });
      expect((await get('/couriers/9000000001')).json()).toEqual({
        courierId: 9_000_000_001,
        available: true,
        plan: [
          { ...pickup, deliveryId: 17 },
          { ...dropoff, deliveryId: 17 },
        ],
      });
    });

    it.each([
      ['POST', '/deliveries/19/pickup', {}, 409, 'TICKET_NOT_READY'],
      ['GET', '/deliveries/99', undefined, 404, 'DELIVERY_NOT_FOUND'],
      ['GET', '/deliveries/x', undefined, 400, 'VALIDATION_FAILED'],
      ['GET', '/couriers/99', undefined, 404, 'COURIER_NOT_FOUND'],
      ['POST', '/couriers/9007199254740992/availability', { available: true }, 400, 'VALIDATION_FAILED'],
      ['POST', '/couriers/7/availability', { available: 'yes' }, 400, 'VALIDATION_FAILED'],
    ] as const)('answers %s %s %j with %d', async (method, url, payload, status, code) => {
      const refused = await app.inject({ method, url, ...(payload ? { payload } : {}) });
      expect([refused.statusCode, refused.json()]).toEqual([status, expect.objectContaining({ code })]);
    });

    it('is ready, and describes itself', async () => {
      expect((await get('/health/ready')).statusCode).toBe(200);
      const { paths } = (await get('/openapi.json')).json<{ paths: object }>();
      expect(Object.keys(paths)).toEqual(expect.arrayContaining(['/orders', '/orders/{orderId}', '/restaurants/{id}/menu', '/tickets']));
    });
  });

  describe('when a service is away', () => {
    it('shows the order without the parts of it, and names them', async () => {
      await Promise.all([services.kitchen.close(), services.accounting.close()]);
      const shown = await get('/orders/17');
      expect([shown.statusCode, shown.json()]).toEqual([
        200,
        {
          orderInfo: { orderId: '17', state: 'APPROVED' },
          deliveryInfo: { id: 17, state: 'SCHEDULED', assignedCourier: 9_000_000_001 },
          restaurantInfo: { restaurantId: 3, name: 'Ajanta' },
          unavailable: expect.toSatisfy((parts: string[]) => parts.toSorted().join() === 'authorization,ticket') as unknown,
        },
      ]);
      services.kitchen = await play('kitchen', services.kitchen.port);
      services.accounting = await play('accounting', services.accounting.port);
      await vi.waitFor(async () => expect((await get('/orders/17')).json()).not.toHaveProperty('unavailable'), { timeout: 5_000 });
    });

    it('says so and when to come again, and works as soon as it is back', async () => {
      await services.order.close();
      const refused = await post('/orders', newOrder);
      expect([refused.statusCode, refused.headers['retry-after'], refused.json()]).toEqual([
        503,
        '1',
        expect.objectContaining({ code: 'DEPENDENCY_UNAVAILABLE', detail: 'order-service does not answer; try again later' }),
      ]);
      services.order = await play('order', services.order.port);
      await vi.waitFor(async () => expect((await post('/orders', newOrder)).statusCode).toBe(200), { timeout: 5_000 });
    });
  });
});
