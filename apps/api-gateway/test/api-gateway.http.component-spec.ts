import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { received } from './played-answers.js';

const address = { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' };
const newOrder = {
  consumerId: 7,
  restaurantId: 3,
  deliveryTime: '2026-11-21T19:30:00',
  deliveryAddress: address,
  lineItems: [{ menuItemId: '1', quantity: 5 }],
};
const revision = { revisedOrderLineItems: [{ menuItemId: '1', quantity: 10 }] };
const naan = { menuItems: [{ id: '2', name: 'Naan', price: '2.00' }] };

let gateway: ApiGatewayUnderTest;
beforeAll(async () => {
  gateway = await startApiGateway();
});
beforeEach(() => received.splice(0));
afterAll(() => gateway?.close());

describe('an order that a client has read before', () => {
  it('is not sent again while none of its parts has changed', async () => {
    const first = await gateway.get('/orders/17');
    expect(first.headers['etag']).toMatch(/^"2\.[\w-]{16}"$/);
    const again = await gateway.get('/orders/17', { 'if-none-match': String(first.headers['etag']) });
    expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', first.headers['etag']]);
  });

  it('is sent again with other parts, although the order itself has not changed', async () => {
    const { headers } = await gateway.get('/orders/17');
    const expanded = await gateway.get('/orders/17?expand=consumer', { 'if-none-match': String(headers['etag']) });
    expect([expanded.statusCode, expanded.json()]).toMatchObject([200, { consumer: { consumerId: 7 } }]);
  });
});

describe('a change to what a client has read before', () => {
  const etagOf = async (url: string) => String((await gateway.get(url)).headers['etag']);
  const changes = [
    ['cancels an order', '/orders/17', (headers: Record<string, string>) => gateway.post('/orders/17/cancel', '', headers)],
    ['revises an order', '/orders/17', (headers: Record<string, string>) => gateway.post('/orders/17/revise', revision, headers)],
    [
      'updates a restaurant',
      '/restaurants/3',
      (headers: Record<string, string>) => gateway.put('/restaurants/3', { name: 'Ajanta', address }, headers),
    ],
    ['revises a menu', '/restaurants/3', (headers: Record<string, string>) => gateway.put('/restaurants/3/menu', naan, headers)],
    ['removes a menu item', '/restaurants/3', (headers: Record<string, string>) => gateway.delete('/restaurants/3/menu/1', headers)],
  ] as const;

  it.each(changes)('%s with its current ETag, or without one', async (_, url, change) => {
    for (const headers of [{}, { 'if-match': await etagOf(url) }, { 'if-match': '*' }] as Record<string, string>[]) {
      expect((await change(headers)).statusCode).toBe(200);
    }
  });

  it.each(changes)('gets 412 with another one: %s', async (_, _url, change) => {
    const answer = await change({ 'if-match': '"1"' });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      412,
      { code: 'VERSION_OUTDATED', detail: expect.stringContaining('version is now 2') },
    ]);
  });

  it.each(changes)('gets 400 with a malformed one, without calling a service: %s', async (_, _url, change) => {
    const answer = await change({ 'if-match': '2' });
    expect([answer.statusCode, answer.json()]).toMatchObject([400, { errors: [{ pointer: '/If-Match' }] }]);
    expect(received).toEqual([]);
  });

  it('returns the new ETag of a restaurant', async () => {
    expect((await gateway.put('/restaurants/3/menu', naan)).headers['etag']).toBe('"3"');
    expect(await etagOf('/restaurants/3')).toBe('"2"');
  });
});

describe('a client that prefers to wait', () => {
  it('gets the settled order in response to a new one, which still has the id of the immediate response', async () => {
    const placed = await gateway.post('/orders', newOrder, { prefer: 'wait=5' });
    expect([placed.statusCode, placed.headers['preference-applied'], placed.json()]).toMatchObject([
      200,
      'wait=5',
      { orderId: 17, state: 'APPROVED', orderTotal: '61.70', version: 2 },
    ]);
  });

  it('gets the settled order in response to a cancellation and a revision', async () => {
    for (const answer of [
      await gateway.post('/orders/17/cancel', '', { prefer: 'wait=5' }),
      await gateway.post('/orders/17/revise', revision, { prefer: 'wait=5' }),
    ]) {
      expect([answer.headers['preference-applied'], answer.json()]).toMatchObject(['wait=5', { state: 'APPROVED' }]);
    }
  });

  it('gets the pending order when the wait has expired', async () => {
    const placed = await gateway.post('/orders', { ...newOrder, restaurantId: 24 }, { prefer: 'wait=0' });
    expect([placed.headers['preference-applied'], placed.json()]).toMatchObject(['wait=0', { orderId: 24, state: 'APPROVAL_PENDING' }]);
  });

  it('gets 400 for an invalid time, and places no order', async () => {
    const rejected = await gateway.post('/orders', newOrder, { prefer: 'wait=60' });
    expect([rejected.statusCode, rejected.json()]).toMatchObject([
      400,
      { errors: [{ pointer: '/Prefer', detail: expect.stringContaining('from 0 to 10') }] },
    ]);
    expect(received).toEqual([]);
  });

  it('differs from one that does not, which gets its response immediately, as in the original application', async () => {
    const placed = await gateway.post('/orders', newOrder);
    expect([placed.headers['preference-applied'], placed.json()]).toEqual([undefined, { orderId: 17 }]);
    expect((await gateway.post('/orders/17/cancel', '')).json()).toMatchObject({ state: 'CANCEL_PENDING' });
    expect((await gateway.post('/orders/17/revise', revision)).json()).toMatchObject({ state: 'REVISION_PENDING' });
  });
});
