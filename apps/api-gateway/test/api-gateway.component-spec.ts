import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { received } from './played-answers.js';

describe('orders through api-gateway', () => {
  let gateway: ApiGatewayUnderTest;

  beforeAll(async () => {
    gateway = await startApiGateway();
  });
  beforeEach(() => received.splice(0));
  afterAll(() => gateway?.close());

  const deliveryAddress = { street1: '9 Amazing View', street2: null, city: 'Oakland', state: 'CA', zip: '94612' };
  const long = 'ü'.repeat(256);
  const lines = (many: number) => Array.from({ length: many }, (_, i) => ({ menuItemId: String(i), quantity: 1 }));
  const newOrder = {
    consumerId: 7,
    restaurantId: 3,
    deliveryTime: '2026-11-21T19:30:00',
    deliveryAddress,
    lineItems: [{ menuItemId: '1', quantity: 5 }],
  };

  describe('placing an order', () => {
    it('calls order-service and returns the id', async () => {
      const placed = await gateway.post('/orders', { ...newOrder, coupon: 'an unknown property' });
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

    it.each([
      ['2026-11-21T19:30:00.123456', '2026-11-21T19:30:00.123Z'],
      ['2026-11-21T19:30:00Z', '2026-11-21T19:30:00Z'],
      ['2026-11-21T19:30:00-08:00', '2026-11-22T03:30:00Z'],
      ['1999-12-31T23:59:59', '1999-12-31T23:59:59Z'],
      [[2026, 11, 21, 19, 30, 0, 123_456_789], '2026-11-21T19:30:00.123Z'],
    ])('reads %s as %s', async (deliveryTime, understood) => {
      expect((await gateway.post('/orders', { ...newOrder, deliveryTime })).statusCode).toBe(200);
      expect(received[0]?.request).toMatchObject({ deliveryTime: new Date(understood) });
    });

    it('accepts a hundred lines and a second address line', async () => {
      const ordered = { lineItems: lines(100), deliveryAddress: { ...deliveryAddress, street2: 'Suite 2' } };
      expect((await gateway.post('/orders', { ...newOrder, ...ordered })).statusCode).toBe(200);
      expect(received[0]?.request).toMatchObject(ordered);
    });

    it('passes the trace and the correlation id on', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const placed = await gateway.post('/orders', newOrder, { traceparent, 'x-correlation-id': 'from-the-shop' });
      expect(placed.headers['x-trace-id']).toBe('0af7651916cd43dd8448eb211c80319c');
      expect(received[0]).toMatchObject({
        correlationId: 'from-the-shop',
        traceparent: expect.stringContaining('0af7651916cd43dd8448eb211c80319c'),
      });
    });

    it.each([
      ['foo=1 \t , \t bar=2', 'foo=1,bar=2'],
      ['foo=1,foo=2,BAR=3,é=4,\u0007=5', 'foo=1'],
      ['é', undefined],
      [Array.from({ length: 100 }, (_, i) => `k${i}=1`).join(','), Array.from({ length: 32 }, (_, i) => `k${i}=1`).join(',')],
    ])('passes the tracestate %j on as %j', async (tracestate, carried) => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      expect((await gateway.post('/orders', newOrder, { traceparent, tracestate })).statusCode).toBe(200);
      expect(received[0]?.tracestate).toBe(carried);
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
        'a duplicate item and an invalid consumer id',
        { ...newOrder, consumerId: 'x', lineItems: [newOrder.lineItems[0], newOrder.lineItems[0]] },
        400,
        'VALIDATION_FAILED',
        ['/consumerId', '/lineItems/1/menuItemId'],
      ],
      ['101 lines', { ...newOrder, lineItems: lines(101) }, 400, 'VALIDATION_FAILED', ['/lineItems']],
      [
        'texts of 256 characters',
        { ...newOrder, deliveryAddress: { ...deliveryAddress, street2: long }, lineItems: [{ menuItemId: long, quantity: 1 }] },
        400,
        'VALIDATION_FAILED',
        ['/deliveryAddress/street2', '/lineItems/0/menuItemId'],
      ],
      [
        'an empty address',
        { ...newOrder, deliveryAddress: {} },
        400,
        'VALIDATION_FAILED',
        ['/deliveryAddress/street1', '/deliveryAddress/city', '/deliveryAddress/state', '/deliveryAddress/zip'],
      ],
      ['an invalid time', { ...newOrder, deliveryTime: 'tomorrow' }, 400, 'VALIDATION_FAILED', ['/deliveryTime']],
      ['nothing', {}, 400, 'VALIDATION_FAILED', ['/consumerId', '/restaurantId', '/deliveryTime', '/deliveryAddress', '/lineItems']],
      ['a body over 1 MiB', { ...newOrder, filler: 'x'.repeat(1_100_000) }, 413, 'BODY_TOO_LARGE', undefined],
    ])('rejects %s without calling a service', async (_what, body, status, code, pointers) => {
      const rejected = await gateway.post('/orders', body);
      expect([rejected.statusCode, rejected.headers['content-type']]).toEqual([
        status,
        expect.stringContaining('application/problem+json'),
      ]);
      const problem = rejected.json<{ code: string; errors?: { pointer: string }[]; traceId: string }>();
      expect(problem).toMatchObject({ status, code, instance: '/orders', traceId: rejected.headers['x-trace-id'] });
      expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(pointers);
      expect(received).toEqual([]);
    });

    it('rejects other media types', async () => {
      expect((await gateway.post('/orders', '<order/>', { 'content-type': 'application/xml' })).statusCode).toBe(415);
    });

    it('passes rejections of order-service on unchanged', async () => {
      const rejected = await gateway.post('/orders', { ...newOrder, restaurantId: 404 });
      expect([rejected.statusCode, rejected.json()]).toEqual([
        422,
        expect.objectContaining({ code: 'RESTAURANT_NOT_KNOWN', detail: 'restaurant 404 not found' }),
      ]);
    });

    it('discloses nothing about a fault in order-service', async () => {
      const failed = await gateway.post('/orders', { ...newOrder, restaurantId: 500 });
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

    it('calls order-service to cancel and returns the resulting order', async () => {
      const cancelled = await gateway.post('/orders/17/cancel', {});
      expect([cancelled.statusCode, cancelled.json()]).toMatchObject([200, { ...shown, state: 'CANCEL_PENDING', version: 3 }]);
      expect(received[0]?.request).toEqual({ orderId: 17 });
      expect((await gateway.postNothing('/orders/17/cancel')).statusCode).toBe(200);
      // Java's HttpURLConnection, and RestTemplate with it, sends no body and no content type.
      const emptyForm = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' };
      expect((await gateway.post('/orders/17/cancel', '', emptyForm)).statusCode).toBe(200);
    });

    it('calls order-service to revise lines, including those with quantity 0', async () => {
      const revisedOrderLineItems = [
        { menuItemId: '1', quantity: 0 },
        { menuItemId: '2', quantity: 3 },
      ];
      const revised = await gateway.post('/orders/17/revise', { revisedOrderLineItems });
      expect([revised.statusCode, revised.json()]).toMatchObject([
        200,
        { ...shown, state: 'REVISION_PENDING', lastRefusal: { operation: 'cancel', at: '2026-11-21T18:30:00.000' } },
      ]);
      expect(received[0]?.request).toEqual({ orderId: 17, revisedLineItems: revisedOrderLineItems });
    });

    it.each([
      ['that is REJECTED', '/orders/18/cancel', {}, 409, 'ILLEGAL_TRANSITION', undefined],
      ['that does not exist', '/orders/99/cancel', {}, 404, 'ORDER_NOT_FOUND', undefined],
      ['with an invalid id', '/orders/x/cancel', {}, 400, 'VALIDATION_FAILED', ['/orderId']],
      ['without lines', '/orders/17/revise', {}, 400, 'VALIDATION_FAILED', ['/revisedOrderLineItems']],
      [
        'with an empty list of lines',
        '/orders/17/revise',
        { revisedOrderLineItems: [] },
        400,
        'VALIDATION_FAILED',
        ['/revisedOrderLineItems'],
      ],
      ['with 101 lines', '/orders/17/revise', { revisedOrderLineItems: lines(101) }, 400, 'VALIDATION_FAILED', ['/revisedOrderLineItems']],
      [
        'with a duplicate item',
        '/orders/17/revise',
        { revisedOrderLineItems: [...lines(1), ...lines(1)] },
        400,
        'VALIDATION_FAILED',
        ['/revisedOrderLineItems/1/menuItemId'],
      ],
      [
        'with a negative quantity',
        '/orders/17/revise',
        { revisedOrderLineItems: [{ menuItemId: '1', quantity: -1 }] },
        400,
        'VALIDATION_FAILED',
        ['/revisedOrderLineItems/0/quantity'],
      ],
    ])('rejects a change of an order %s: %s', async (_, url, body, status, code, pointers) => {
      const rejected = await gateway.post(url, body);
      const problem = rejected.json<{ errors?: { pointer: string }[] }>();
      expect([rejected.statusCode, problem]).toMatchObject([status, { code }]);
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
    ])('of POST %s is passed to the owning service', async (url, body) => {
      await gateway.post(url, body, { 'idempotency-key': 'k-1' });
      await gateway.post(url, body);
      expect(received.map(({ idempotencyKey }) => idempotencyKey)).toEqual(['k-1', undefined]);
    });

    it('that is invalid is rejected', async () => {
      const rejected = await gateway.post('/orders', newOrder, { 'idempotency-key': 'two words' });
      expect([rejected.statusCode, rejected.json()]).toMatchObject([400, { errors: [{ pointer: '/Idempotency-Key' }] }]);
      expect(received).toEqual([]);
    });
  });

  describe("a consumer's orders", () => {
    it('are listed as order-history-service returns them', async () => {
      const listed = await gateway.get('/orders?consumerId=7');
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
      expect((await gateway.get('/orders?consumerId=8&startKey=more')).json()).toEqual({ orders: [], startKey: null });
    });

    it('are filtered by order-history-service', async () => {
      await gateway.get(
        '/orders?consumerId=7&status=APPROVED&keyword=ajanta&keyword=naan&since=2026-11-21T18:00:00&pageSize=10&startKey=more',
      );
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
      ['consumerId=7&pageSize=0', '/pageSize'],
      ['consumerId=7&startKey=', '/startKey'],
      [`consumerId=7${'&keyword=a'.repeat(11)}`, '/keyword'],
    ])('are rejected for ?%s', async (query, pointer) => {
      const rejected = await gateway.get(`/orders?${query}`);
      expect([rejected.statusCode, rejected.json<{ errors: unknown }>().errors]).toEqual([400, [expect.objectContaining({ pointer })]]);
    });
  });
});
