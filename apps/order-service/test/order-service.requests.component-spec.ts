import { OrderServiceApi } from '@ftgo/contracts/order';
import { consumerId, restaurantId } from '@ftgo/ftgo';
import { DomainError } from '@ftgo/kernel';
import { InvalidRequest } from '@ftgo/platform';
import { grpcClient } from '@ftgo/rpc';
import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anOrder } from './order.mother.js';
import { type OrderServiceUnderTest, startOrderService } from './order-service.js';
import { ajanta, aRequest as request, vindaloo } from './requests.js';

describe('requests to order-service', () => {
  let orders: OrderServiceUnderTest;

  beforeAll(async () => {
    orders = await startOrderService();
    const gold = { ...vindaloo, price: { currencyCode: 'USD', minorUnits: '999999999999999' } };
    await orders.others.restaurantChanged(1, 1, ajanta, 'RestaurantCreated');
    await orders.others.restaurantChanged(2, 1, { ...ajanta, menu: { menuItems: [gold] } }, 'RestaurantCreated');
    for (const id of [1, 2]) await eventually(async () => expect((await orders.get(`/restaurants/${id}`)).status).toBe(200));
  });
  afterAll(() => orders?.close());

  const place = async (change: object = {}): Promise<number> => {
    const { status, body } = await orders.post('/orders', { ...request, ...change });
    expect([status, Object.keys(body)]).toEqual([200, ['orderId']]);
    return body.orderId as number;
  };
  const stored = async () => {
    const [counts] = await orders.database.query<{ orders: number; sagas: number; messages: number }>(
      'SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM saga_instance) AS sagas, (SELECT count(*) FROM outbox) AS messages',
    );
    return counts;
  };

  describe('an invalid request', () => {
    const long = 'A'.repeat(256);
    const line = (change: object = {}) => ({ menuItemId: '1', quantity: 1, ...change });
    const with_ = (change: object) => ({ ...request, ...change });

    it.each([
      ['an unknown restaurant', with_({ restaurantId: 999 }), 422, 'RESTAURANT_NOT_KNOWN'],
      ['an unknown menu item', with_({ lineItems: [line(), line({ menuItemId: '99' })] }), 422, 'MENU_ITEM_NOT_OFFERED'],
      ['malformed JSON', '{"consumerId":', 400, 'MALFORMED_REQUEST'],
      ['no body at all', '', 400, 'VALIDATION_FAILED'],
      ['a total beyond the largest amount', with_({ restaurantId: 2, lineItems: [line({ quantity: 2 ** 31 - 1 })] }), 400, 'INVALID_MONEY'],
      ['a quantity beyond the range of numbers', with_({ lineItems: [line({ quantity: 1e300 })] }), 400, 'VALIDATION_FAILED'],
      ['an oversized body', with_({ note: 'x'.repeat(1024 * 1024) }), 413, 'BODY_TOO_LARGE'],
    ])('gets a problem response and stores nothing: %s', async (_, body, status, code) => {
      const before = await stored();
      const answer = await orders.post('/orders', body);
      expect(answer).toMatchObject({
        status,
        contentType: expect.stringContaining('application/problem+json') as string,
        body: { status, code },
      });
      expect(answer.body).toMatchObject({ instance: '/orders', traceId: expect.any(String) as string });
      expect(await stored()).toEqual(before);
    });

    it.each([
      ['quantity 0', with_({ lineItems: [line({ quantity: 0 })] }), ['/lineItems/0/quantity']],
      ['a fractional quantity', with_({ lineItems: [line({ quantity: 1.5 })] }), ['/lineItems/0/quantity']],
      ['a quantity as a string', with_({ lineItems: [line({ quantity: '5' })] }), ['/lineItems/0/quantity']],
      ['a menu item as a number', with_({ lineItems: [line({ menuItemId: 1 })] }), ['/lineItems/0/menuItemId']],
      ['no lines', with_({ lineItems: [] }), ['/lineItems']],
      ['missing lines', with_({ lineItems: undefined }), ['/lineItems']],
      ['101 lines', with_({ lineItems: Array.from({ length: 101 }, (_, i) => line({ menuItemId: `x${i}` })) }), ['/lineItems']],
      ['an item twice', with_({ lineItems: [line(), line({ menuItemId: '2' }), line({ quantity: 3 })] }), ['/lineItems/2/menuItemId']],
      ['a consumer id as a string', with_({ consumerId: '3' }), ['/consumerId']],
      ['a restaurant id below 1', with_({ restaurantId: 0 }), ['/restaurantId']],
      ['an invalid time', with_({ deliveryTime: 'tomorrow' }), ['/deliveryTime']],
      ['an address without a zip', with_({ deliveryAddress: { ...request.deliveryAddress, zip: undefined } }), ['/deliveryAddress/zip']],
      ['a date that does not exist', with_({ deliveryTime: '9999-12-31T23:59:59-08:00' }), ['/deliveryTime']],
      [
        'an empty address',
        with_({ deliveryAddress: {} }),
        ['/deliveryAddress/street1', '/deliveryAddress/city', '/deliveryAddress/state', '/deliveryAddress/zip'],
      ],
      [
        'texts of 256 characters',
        with_({ deliveryAddress: { ...request.deliveryAddress, street2: long }, lineItems: [line({ menuItemId: long })] }),
        ['/deliveryAddress/street2', '/lineItems/0/menuItemId'],
      ],
      ['null for required fields', with_({ consumerId: null, lineItems: null }), ['/consumerId', '/lineItems']],
      ['every field wrong', {}, ['/consumerId', '/restaurantId', '/deliveryTime', '/deliveryAddress', '/lineItems']],
    ])('lists every invalid field: %s', async (_, body, pointers) => {
      const before = await stored();
      const answer = await orders.post('/orders', body);
      expect(answer).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect((answer.body.errors as Array<{ pointer: string }>).map(({ pointer }) => pointer)).toEqual(pointers);
      expect(await stored()).toEqual(before);
    });

    it('is rejected in another media type', async () => {
      expect(await orders.post('/orders', '<order/>', 'application/xml')).toMatchObject({
        status: 415,
        body: { code: 'UNSUPPORTED_MEDIA_TYPE' },
      });
    });

    it('is rejected for an unknown order and for an invalid id', async () => {
      expect(await orders.get('/orders/999999')).toMatchObject({ status: 404, body: { code: 'ORDER_NOT_FOUND' } });
      expect(await orders.get('/orders/9007199254740991')).toMatchObject({ status: 404 });
      expect(await orders.get('/orders/x')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect(await orders.get('/restaurants/0')).toMatchObject({ status: 400, body: { code: 'VALIDATION_FAILED' } });
      expect(await orders.get('/nowhere')).toMatchObject({ status: 404, body: { code: 'ROUTE_NOT_FOUND' } });
    });

    it('is rejected over gRPC with the same texts', async () => {
      const client = grpcClient(OrderServiceApi, { url: orders.grpcUrl });
      const { calls } = client;
      const create = (change: object) => calls.createOrder({ ...anOrder(), ...change });
      try {
        await expect(create({ lineItems: [line({ quantity: 0 })] })).rejects.toThrow(InvalidRequest);
        await expect(create({ restaurantId: restaurantId(999) })).rejects.toMatchObject({
          code: 'RESTAURANT_NOT_KNOWN',
          kind: 'rule-broken',
        });
        await expect(create({ lineItems: [line({ menuItemId: '99' })] })).rejects.toThrow(DomainError);
        await expect(calls.getOrder({ orderId: 999_999 })).rejects.toMatchObject({ code: 'ORDER_NOT_FOUND', kind: 'not-found' });
      } finally {
        client.close();
      }
    });
  });

  it('accepts times without a zone or with fractions, null for optional fields, and unknown properties', async () => {
    const id = await place({
      deliveryTime: '2020-01-01T10:00:00.123456',
      deliveryAddress: { ...request.deliveryAddress, street2: null },
      consumerId: consumerId(7),
      coupon: 'unknown',
    });
    const { body } = await orders.get(`/orders/${id}`);
    expect(body).toMatchObject({ deliveryTime: '2020-01-01T10:00:00.123' });
    expect(body.deliveryAddress).toEqual(request.deliveryAddress);
  });

  it('accepts a time with a zone, and the latest possible time', async () => {
    const deliveryTimes = ['2026-11-30T19:30:00-08:00', '2026-11-30T19:30:00Z', '9999-12-31T23:59:59.999'];
    const ids = await Promise.all(deliveryTimes.map((deliveryTime) => place({ deliveryTime })));
    const answers = await Promise.all(ids.map((id) => orders.get(`/orders/${id}`)));
    expect(answers.map(({ body }) => body.deliveryTime)).toEqual([
      '2026-12-01T03:30:00.000',
      '2026-11-30T19:30:00.000',
      '9999-12-31T23:59:59.999',
    ]);
  });

  it('keeps the second line of an address, and names in any language', async () => {
    const deliveryAddress = { ...request.deliveryAddress, street1: 'Straße 9 東京', street2: 'Suite 2' };
    expect((await orders.get(`/orders/${await place({ deliveryAddress })}`)).body.deliveryAddress).toEqual(deliveryAddress);
  });

  it('numbers orders from 1, within 32 bits', async () => {
    await place();
    const [ids] = await orders.database.query<{ least: number; greatest: number }>(
      'SELECT min(id) AS least, max(id) AS greatest FROM orders',
    );
    expect(ids?.least).toBe(1);
    expect(ids?.greatest).toBeLessThan(2 ** 31);
  });
});
