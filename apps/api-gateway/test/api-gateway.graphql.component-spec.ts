import { eventually } from '@ftgo/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { batches, received } from './played-answers.js';
import { play } from './services.js';

interface Result {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: Array<{
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions: { readonly code: string; readonly status: number; readonly traceId: string; readonly errors?: unknown };
  }>;
}

let gateway: ApiGatewayUnderTest;
beforeAll(async () => {
  gateway = await startApiGateway();
});
afterAll(() => gateway?.close());
beforeEach(() => {
  received.splice(0);
  batches.splice(0);
});

const post = (query: string, variables: object = {}, headers: Record<string, string> = {}) =>
  gateway.post('/graphql', { query, variables }, headers);
const ask = async (query: string, variables: object = {}) => (await post(query, variables)).json<Result>();
const codesOf = ({ errors = [] }: Result) => errors.map(({ extensions: { code, status } }) => [code, status]);

describe('a query', () => {
  it('returns an order with what belongs to it, from six services', async () => {
    const result = await ask(`{ order(id: "17") {
      id state total version lineItems { menuItemId quantity price } deliveryTime deliveryAddress { city }
      consumer { id firstName } restaurant { id name menu { name price } } ticket { state readyBy } delivery { state courierId }
      authorization { state amount }
    } }`);
    expect(result).toEqual({
      data: {
        order: {
          id: '17',
          state: 'APPROVED',
          total: '61.70',
          version: 2,
          lineItems: [{ menuItemId: '1', quantity: 5, price: '12.34' }],
          deliveryTime: '2026-11-21T19:30:00.000',
          deliveryAddress: { city: 'Oakland' },
          consumer: { id: '7', firstName: 'Ada' },
          restaurant: { id: '3', name: 'Ajanta', menu: [{ name: 'Chicken Vindaloo', price: '12.34' }] },
          ticket: { state: 'ACCEPTED', readyBy: '2026-11-21T19:00:00.500' },
          delivery: { state: 'SCHEDULED', courierId: '9000000001' },
          authorization: { state: 'AUTHORIZED', amount: '61.70' },
        },
      },
    });
  });

  it('reads everything that a list needs in one call for each type', async () => {
    const result = await ask(`{ orders(consumerId: "30", first: 30) { orders {
      id consumer { id } restaurant { name } ticket { state } delivery { state } authorization { state }
    } } }`);
    expect((result.data as { orders: { orders: unknown[] } }).orders.orders).toHaveLength(30);
    const ids = Array.from({ length: 30 }, (_, i) => 100 + i);
    expect(Object.fromEntries(batches)).toEqual({
      orders: ids,
      consumers: [7],
      restaurants: [3],
      tickets: ids,
      deliveries: ids,
      authorizations: ids,
    });
    expect(batches).toHaveLength(6);
  });

  it('reads nothing that it does not ask for, and each thing once', async () => {
    await ask('{ a: order(id: "17") { state restaurant { name } } b: order(id: "17") { total } restaurant(id: "3") { name } }');
    expect(batches.map(([what]) => what).toSorted()).toEqual(['orders', 'restaurants']);
  });

  it('keeps no data for the next request', async () => {
    await ask('{ restaurant(id: "3") { name } }');
    await ask('{ restaurant(id: "3") { name } }');
    expect(batches).toHaveLength(2);
  });

  it('pages through lists', async () => {
    const first = await ask('query($after: String) { restaurants(first: 1, after: $after) { restaurants { id } next } }');
    expect(first.data).toEqual({ restaurants: { restaurants: [{ id: '3' }], next: 'more' } });
    const second = await ask('query($after: String) { restaurants(first: 1, after: $after) { restaurants { id } next } }', {
      after: 'more',
    });
    expect(second.data).toEqual({ restaurants: { restaurants: [{ id: '3' }], next: null } });
    expect(received.map(({ request }) => request)).toEqual([
      { pageSize: 1, pageToken: '' },
      { pageSize: 1, pageToken: 'more' },
    ]);
  });

  it('returns null for what does not exist', async () => {
    expect(await ask('{ order(id: "999") { id } restaurant(id: "999") { id } }')).toEqual({ data: { order: null, restaurant: null } });
  });

  it('returns what it can if a service fails, with the error of the rest', async () => {
    const result = await ask('{ consumer(id: "7") { firstName } orders(consumerId: "7", after: "broken") { next } }');
    expect(result.data).toBeNull();
    expect(result.errors?.[0]).toMatchObject({
      path: ['orders'],
      extensions: { code: 'VALIDATION_FAILED', errors: [{ pointer: '/after' }] },
    });
    const { port } = gateway.services.kitchen;
    await gateway.services.kitchen.close();
    const withTicket = () => ask('{ order(id: "17") { state ticket { state } } }');
    const partial = await withTicket();
    expect(partial.data).toEqual({ order: { state: 'APPROVED', ticket: null } });
    expect(partial.errors?.[0]).toMatchObject({ path: ['order', 'ticket'], extensions: { code: 'DEPENDENCY_UNAVAILABLE', status: 503 } });
    gateway.services.kitchen = await play('kitchen', port);
    await eventually(async () => expect((await withTicket()).errors).toBeUndefined());
  });
});

describe('a mutation', () => {
  const order = {
    consumerId: '7',
    restaurantId: '3',
    deliveryTime: '2026-11-21T19:30:00',
    deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
    lines: [{ menuItemId: '1', quantity: 5 }],
  };
  const place = 'mutation($order: NewOrder!) { placeOrder(order: $order) { id state total } }';

  it('places an order, with the Idempotency-Key of the request', async () => {
    const placed = await post(place, { order }, { 'idempotency-key': 'once' });
    expect(placed.json()).toEqual({ data: { placeOrder: { id: '17', state: 'APPROVED', total: '61.70' } } });
    const { lines: lineItems, ...rest } = order;
    expect(received[0]).toMatchObject({
      idempotencyKey: 'once',
      request: { ...rest, consumerId: 7, restaurantId: 3, deliveryTime: new Date('2026-11-21T19:30:00Z'), lineItems },
    });
  });

  it('cancels and revises an order, only in the expected version', async () => {
    expect(await ask('mutation { cancelOrder(id: "17", expectedVersion: 2) { state version } }')).toEqual({
      data: { cancelOrder: { state: 'CANCEL_PENDING', version: 3 } },
    });
    const revised = await ask('mutation { reviseOrder(id: "17", lines: [{ menuItemId: "1", quantity: 0 }]) { state } }');
    expect(revised.data).toEqual({ reviseOrder: { state: 'REVISION_PENDING' } });
    const outdated = await ask('mutation { cancelOrder(id: "17", expectedVersion: 1) { state } }');
    expect(codesOf(outdated)).toEqual([['VERSION_OUTDATED', 412]]);
  });

  it('is rejected with the same codes and pointers as over REST', async () => {
    const invalid = await ask(place, { order: { ...order, lines: [{ menuItemId: ' ', quantity: 0 }], consumerId: '0' } });
    expect(invalid.errors?.[0]?.extensions).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ pointer: '/order/consumerId' }, { pointer: '/order/lines/0/menuItemId' }, { pointer: '/order/lines/0/quantity' }],
    });
    expect(received).toEqual([]);
    expect(codesOf(await ask(place, { order: { ...order, restaurantId: '404' } }))).toEqual([['RESTAURANT_NOT_KNOWN', 422]]);
    expect(codesOf(await ask('mutation { cancelOrder(id: "18") { state } }'))).toEqual([['ILLEGAL_TRANSITION', 409]]);
    expect(codesOf(await ask('mutation { cancelOrder(id: "999") { state } }'))).toEqual([['ORDER_NOT_FOUND', 404]]);
  });

  it('reports an unexpected error without its details', async () => {
    const failed = await post(place, { order: { ...order, restaurantId: '500' } });
    expect(codesOf(failed.json<Result>())).toEqual([['INTERNAL_ERROR', 500]]);
    expect(failed.body).not.toContain('secret');
    expect(failed.json<Result>().errors?.[0]?.extensions.traceId).toBe(failed.headers['x-trace-id']);
  });

  it('is not executed by GET', async () => {
    const answer = await gateway.get(`/graphql?query=${encodeURIComponent('mutation { cancelOrder(id: "17") { state } }')}`);
    expect([answer.statusCode, received]).toEqual([405, []]);
  });
});

describe('a query that asks for too much', () => {
  it('in a fragment that contains itself is rejected before any service is called', async () => {
    const result = await ask('{ order(id: "17") { ...A } } fragment A on Order { state ...A }');
    expect(result.data).toBeUndefined();
    expect(codesOf(result)).toContainEqual(['INVALID_QUERY', 400]);
    expect(batches).toEqual([]);
  });

  it('is rejected by its cost, in which lists count as often as their page size', async () => {
    const query = (first: number) =>
      `{ orders(consumerId: "30", first: ${first}) { orders { restaurant { menu { name price id } } ticket { state id } } } }`;
    expect((await ask(query(30))).errors).toBeUndefined();
    const many = `{ ${[1, 2, 3, 4, 5, 6].map((n) => `o${n}: orders(consumerId: "30", first: 100) { orders { restaurant { menu { name price id } } ticket { state id } } }`).join(' ')} }`;
    expect(codesOf(await ask(many))).toEqual([['QUERY_TOO_LARGE', 400]]);
  });

  it('counts the page size in a variable', async () => {
    const query = `query($first: Int) { ${[1, 2, 3, 4, 5, 6].map((n) => `o${n}: orders(consumerId: "30", first: $first) { orders { restaurant { menu { name price id } } ticket { state id } } }`).join(' ')} }`;
    expect(codesOf(await ask(query, { first: 100 }))).toEqual([['QUERY_TOO_LARGE', 400]]);
    expect((await ask(query, { first: 1 })).errors).toBeUndefined();
  });

  it('is rejected by its aliases', async () => {
    const aliases = (many: number) => `{ ${Array.from({ length: many }, (_, i) => `a${i}: restaurant(id: "3") { id }`).join(' ')} }`;
    expect((await ask(aliases(20))).errors).toBeUndefined();
    expect(codesOf(await ask(aliases(21)))).toEqual([['QUERY_TOO_LARGE', 400]]);
  });

  it('is rejected by its length', async () => {
    expect(codesOf(await ask(`{ ${'restaurant(id: "3") { id } '.repeat(1_000)} }`))).toEqual([['INVALID_QUERY', 400]]);
  });
});

describe('an invalid request', () => {
  it.each([
    '{ order(id: "17") ',
    '{ order(id: "17") { colour } }',
    '{ order { id } }',
    'subscription { orderTracked(orderId: "17") { n } }',
  ])('gets an error with the reason: %s', async (query) => {
    const { errors } = await ask(query);
    expect(errors?.[0]?.message).toBeTruthy();
  });

  it('with an invalid id gets the pointer to it', async () => {
    const { errors } = await ask('{ order(id: "seventeen") { id } }');
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'VALIDATION_FAILED', status: 400, errors: [{ pointer: '/id' }] });
  });
});

describe('the schema', () => {
  const introspection = '{ __schema { queryType { name } } }';

  it('and GraphiQL are open to developers', async () => {
    expect((await ask(introspection)).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    const page = await gateway.get('/graphql', { accept: 'text/html' });
    expect([page.statusCode, page.headers['content-type'], page.body]).toEqual([200, 'text/html', expect.stringContaining('GraphiQL')]);
  });

  it('and GraphiQL are closed in production', async () => {
    const production = await startApiGateway({ graphqlExplorer: false });
    const rejected = await production.post('/graphql', { query: introspection });
    expect(codesOf(rejected.json<Result>())[0]).toEqual(['INVALID_QUERY', 400]);
    expect((await production.get('/graphql', { accept: 'text/html' })).body).not.toContain('GraphiQL');
    expect((await production.post('/graphql', { query: '{ restaurant(id: "3") { name } }' })).json()).toEqual({
      data: { restaurant: { name: 'Ajanta' } },
    });
    await production.close();
  });
});
