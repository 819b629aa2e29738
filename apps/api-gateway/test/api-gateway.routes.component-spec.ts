import { Money } from '@ftgo/kernel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { received } from './played-answers.js';

const address = { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' };
const long = 'ü'.repeat(256);

describe('resources that api-gateway routes to their owners', () => {
  let gateway: ApiGatewayUnderTest;

  beforeAll(async () => {
    gateway = await startApiGateway();
  });
  beforeEach(() => received.splice(0));
  afterAll(() => gateway?.close());

  /** Each request gets a problem with these fields and reaches no service. */
  const rejectedWith = ({ statusCode, headers, json }: Awaited<ReturnType<ApiGatewayUnderTest['get']>>) => {
    expect(headers['content-type']).toContain('application/problem+json');
    expect(received).toEqual([]);
    return [statusCode, json<{ errors?: { pointer: string }[] }>().errors?.map(({ pointer }) => pointer)];
  };

  describe('consumers', () => {
    it('are created and shown', async () => {
      const created = await gateway.post('/consumers', { name: { firstName: 'Zoë', lastName: '李' }, nickname: 'an unknown property' });
      expect([created.statusCode, created.headers.location, created.json()]).toEqual([200, undefined, { consumerId: 7 }]);
      expect(received[0]?.request).toEqual({ name: { firstName: 'Zoë', lastName: '李' } });
      expect((await gateway.get('/consumers/7')).json()).toEqual({ consumerId: 7, name: { firstName: 'Ada', lastName: 'Lovelace' } });
      expect((await gateway.get('/consumers/8')).json()).toMatchObject({ status: 404, code: 'CONSUMER_NOT_FOUND' });
    });

    it.each([
      ['empty names', { name: { firstName: '', lastName: ' ' } }, ['/name/firstName', '/name/lastName']],
      ['an incomplete name', { name: { firstName: 'Ada', lastName: null } }, ['/name/lastName']],
      ['a name of 256 characters', { name: { firstName: long, lastName: 'L' } }, ['/name/firstName']],
      ['nothing', {}, ['/name']],
    ])('are rejected with %s', async (_, body, pointers) => {
      expect(rejectedWith(await gateway.post('/consumers', body))).toEqual([400, pointers]);
    });
  });

  describe('restaurants', () => {
    const naan = { id: '2', name: 'Naan', price: '2' };
    const ajanta = { name: 'Ajanta', address, menu: { menuItems: [naan] } };
    const shown = {
      id: 3,
      name: 'Ajanta',
      address: { ...address, street1: '1 High Street' },
      menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.34' }] },
      orderMinimum: '0.00',
    };

    it('are created', async () => {
      const menu = { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: '12.3' }] };
      const created = await gateway.post('/restaurants', { ...ajanta, menu, orderMinimum: '10', cuisine: 'Indian' });
      expect([created.statusCode, created.json()]).toEqual([200, { id: 3 }]);
      expect(received[0]?.request).toEqual({
        name: 'Ajanta',
        address,
        menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.30') }] },
        orderMinimum: Money.of('10.00'),
      });
    });

    it('require neither a second address line nor an order minimum, and accept null for both', async () => {
      for (const nothing of [null, undefined])
        await gateway.post('/restaurants', { ...ajanta, address: { ...address, street2: nothing }, orderMinimum: nothing });
      const details = { name: 'Ajanta', address, menu: { menuItems: [{ ...naan, price: Money.of('2.00') }] } };
      expect(received.map(({ request }) => request)).toEqual([details, details]);
    });

    it('are shown, and listed in pages', async () => {
      expect((await gateway.get('/restaurants/3')).json()).toEqual(shown);
      expect((await gateway.get('/restaurants?pageSize=1')).json()).toEqual({ restaurants: [shown], startKey: 'more' });
      expect((await gateway.get('/restaurants?startKey=more')).json()).toEqual({ restaurants: [shown], startKey: null });
      expect(received.map(({ request }) => request)).toEqual([
        { pageSize: 1, pageToken: '' },
        { pageSize: 100, pageToken: 'more' },
      ]);
    });

    it('are changed: profile, menu and single items', async () => {
      const updated = await gateway.put('/restaurants/3', { name: 'New Ajanta', address, orderMinimum: '5.5' });
      expect([updated.statusCode, updated.json()]).toEqual([200, { ...shown, name: 'New Ajanta', address, orderMinimum: '5.50' }]);
      const revised = await gateway.put('/restaurants/3/menu', { menuItems: [naan] });
      expect([revised.statusCode, revised.json()]).toEqual([200, { ...shown, menu: { menuItems: [{ ...naan, price: '2.00' }] } }]);
      const removed = await gateway.delete(`/restaurants/3/menu/${encodeURIComponent('a/b ü')}`);
      expect([removed.statusCode, removed.json()]).toEqual([200, { ...shown, menu: { menuItems: [] } }]);
      expect(received.map(({ request }) => request)).toEqual([
        { restaurantId: 3, name: 'New Ajanta', address, orderMinimum: Money.of('5.50') },
        { restaurantId: 3, menuItemId: 'a/b ü' },
      ]);
    });

    const priced = (price: unknown) => ({ ...ajanta, menu: { menuItems: [{ ...naan, price }] } });
    const many = Array.from({ length: 101 }, (_, i) => ({ ...naan, id: String(i) }));
    it.each([
      ['a price as a number', priced(2), ['/menu/menuItems/0/price']],
      ['a price as an object', priced({ amount: '2' }), ['/menu/menuItems/0/price']],
      ['three decimals', priced('2.001'), ['/menu/menuItems/0/price']],
      ['a negative price', priced('-2'), ['/menu/menuItems/0/price']],
      ['a negative order minimum', { ...ajanta, orderMinimum: '-2' }, ['/orderMinimum']],
      ['no items', { ...ajanta, menu: { menuItems: [] } }, ['/menu/menuItems']],
      ['101 items', { ...ajanta, menu: { menuItems: many } }, ['/menu/menuItems']],
      ['an item named twice', { ...ajanta, menu: { menuItems: [naan, { ...naan, name: 'Garlic Naan' }] } }, ['/menu/menuItems/1/id']],
      ['a name of 256 characters', { ...ajanta, name: long }, ['/name']],
      ['an empty address', { ...ajanta, address: {} }, ['/address/street1', '/address/city', '/address/state', '/address/zip']],
      ['nothing', {}, ['/name', '/address', '/menu']],
    ])('are rejected with %s', async (_, body, pointers) => {
      expect(rejectedWith(await gateway.post('/restaurants', body))).toEqual([400, pointers]);
      const { menu, ...profile } = body as { menu?: object };
      const inMenu = pointers.filter((pointer) => pointer.startsWith('/menu/')).map((pointer) => pointer.slice('/menu'.length));
      const inProfile = pointers.filter((pointer) => !pointer.startsWith('/menu'));
      if (inMenu.length > 0) expect(rejectedWith(await gateway.put('/restaurants/3/menu', menu ?? {}))).toEqual([400, inMenu]);
      if (inProfile.length > 0) expect(rejectedWith(await gateway.put('/restaurants/3', profile))).toEqual([400, inProfile]);
    });

    it.each(['pageSize=0', 'pageSize=101', 'pageSize=1.5', 'pageSize=', 'startKey='])('are rejected in a list with ?%s', async (query) => {
      expect(rejectedWith(await gateway.get(`/restaurants?${query}`))).toEqual([400, [`/${query.split('=')[0]}`]]);
    });

    it('are rejected in a list with a startKey that their owner rejects, like orders and tickets', async () => {
      for (const list of ['/restaurants?', '/tickets?', '/orders?consumerId=7&'])
        expect(rejectedWith(await gateway.get(`${list}startKey=broken`))).toEqual([400, ['/startKey']]);
    });
  });

  describe('tickets', () => {
    const accepted = {
      id: 17,
      restaurantId: 3,
      state: 'ACCEPTED',
      lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 }],
      readyBy: '2026-11-21T19:00:00.500',
      createdAt: '2026-11-21T18:00:00.000',
      acceptedAt: '2026-11-21T18:10:00.000',
    };

    it('are shown, and found by restaurant and state', async () => {
      expect((await gateway.get('/tickets/17')).json()).toEqual(accepted);
      expect((await gateway.get('/tickets?restaurantId=3&state=ACCEPTED')).json()).toEqual({ tickets: [accepted], startKey: null });
      const ofNobody = await gateway.get('/tickets?restaurantId=999');
      expect([ofNobody.statusCode, ofNobody.json()]).toEqual([200, { tickets: [], startKey: null }]);
      expect(received.map(({ request }) => request)).toEqual([
        { restaurantId: 3, state: 'ACCEPTED', pageSize: 100, pageToken: '' },
        { restaurantId: 999, pageSize: 100, pageToken: '' },
      ]);
    });

    it('are found in pages', async () => {
      const first = (await gateway.get('/tickets?restaurantId=3&pageSize=1')).json<{ startKey: string }>();
      expect(first).toEqual({ tickets: [accepted], startKey: 'more' });
      expect((await gateway.get('/tickets?restaurantId=3&startKey=more')).json()).toEqual({ tickets: [accepted], startKey: null });
      expect(received.map(({ request }) => request)).toEqual([
        { restaurantId: 3, pageSize: 1, pageToken: '' },
        { restaurantId: 3, pageSize: 100, pageToken: 'more' },
      ]);
    });

    it('are moved through the kitchen', async () => {
      const answers = [
        await gateway.post('/tickets/17/accept', { readyBy: '2026-11-21T19:30:00.25', note: 'an unknown property' }),
        await gateway.post('/tickets/17/preparing', {}),
        await gateway.postNothing('/tickets/17/ready'),
        await gateway.post('/tickets/17/picked-up', ''),
      ];
      expect(answers.map(({ statusCode, json }) => [statusCode, json<object>()])).toEqual([
        [200, { ...accepted, readyBy: '2026-11-21T19:30:00.250' }],
        [200, { ...accepted, state: 'PREPARING', preparingAt: '2026-11-21T18:20:00.000' }],
        [200, { ...accepted, state: 'READY_FOR_PICKUP', readyForPickupAt: '2026-11-21T18:50:00.000' }],
        [200, { ...accepted, state: 'PICKED_UP', pickedUpAt: '2026-11-21T19:05:00.000' }],
      ]);
      expect(received[0]?.request).toEqual({ ticketId: 17, readyBy: new Date('2026-11-21T19:30:00.250Z') });
    });

    it.each([
      ['/tickets/17/accept', {}, 400, 'VALIDATION_FAILED'],
      ['/tickets/17/accept', { readyBy: 'soon' }, 400, 'VALIDATION_FAILED'],
      ['/tickets/17/accept', { readyBy: '2020-01-01T10:00:00' }, 422, 'READY_BY_IN_THE_PAST'],
      ['/tickets/18/picked-up', {}, 409, 'ILLEGAL_TRANSITION'],
      ['/tickets/99/accept', { readyBy: '2100-01-01T10:00:00' }, 404, 'TICKET_NOT_FOUND'],
      ['/tickets/99/preparing', {}, 404, 'TICKET_NOT_FOUND'],
      ['/tickets/99/ready', {}, 404, 'TICKET_NOT_FOUND'],
      ['/tickets/99/picked-up', {}, 404, 'TICKET_NOT_FOUND'],
      ['/tickets/x/preparing', {}, 400, 'VALIDATION_FAILED'],
    ])('respond to POST %s %j with %d', async (url, body, status, code) => {
      const rejected = await gateway.post(url, body);
      expect([rejected.statusCode, rejected.json()]).toEqual([status, expect.objectContaining({ code })]);
      expect(received).toEqual([]);
    });

    it.each(['/tickets?pageSize=101', '/tickets?startKey=', '/tickets?state=BURNT', '/tickets?restaurantId=x', '/tickets/x'])(
      'respond to GET %s with 400',
      async (url) => {
        expect((await gateway.get(url)).statusCode).toBe(400);
      },
    );
  });

  describe('deliveries and couriers', () => {
    const scheduledAt = '2026-11-21T18:30:00.000';
    const dropoff = { type: 'DROPOFF', address: { ...address, street1: '1 High Street' }, time: '2026-11-21T19:30:00.000' };
    const pickup = { ...dropoff, type: 'PICKUP', time: '2026-11-21T19:00:00.000' };

    it('shows deliveries as their owner does, and passes pick-ups and drop-offs on', async () => {
      expect((await gateway.get('/deliveries/19')).json()).toEqual({
        deliveryInfo: { id: 19, state: 'PENDING' },
        assignedCourier: null,
        courierActions: [],
      });
      expect((await gateway.get('/deliveries/17')).json()).toEqual({
        deliveryInfo: { id: 17, state: 'SCHEDULED', scheduledAt },
        assignedCourier: 9_000_000_001,
        courierActions: [pickup, dropoff],
      });
      expect((await gateway.post('/deliveries/17/pickup')).json()).toEqual({
        deliveryInfo: { id: 17, state: 'PICKED_UP', scheduledAt, pickedUpAt: '2026-11-21T19:05:00.000' },
        assignedCourier: 9_000_000_001,
        courierActions: [dropoff],
      });
      const delivered = await gateway.post('/deliveries/17/dropoff');
      expect([delivered.statusCode, delivered.json()]).toMatchObject([200, { deliveryInfo: { state: 'DELIVERED' }, courierActions: [] }]);
    });

    it('passes availability on for any courier id, and shows a courier', async () => {
      const courierId = Number.MAX_SAFE_INTEGER;
      const available = await gateway.post(`/couriers/${courierId}/availability`, { available: true });
      expect([available.statusCode, available.json()]).toEqual([200, { courierId, available: true, plan: [] }]);
      expect(received.at(-1)?.request).toEqual({ courierId, available: true });
      expect((await gateway.get('/couriers/9000000001')).json()).toEqual({
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
      const rejected = method === 'GET' ? await gateway.get(url) : await gateway.post(url, payload);
      expect([rejected.statusCode, rejected.json()]).toEqual([status, expect.objectContaining({ code })]);
    });
  });

  it.each(['/orders', '/consumers', '/restaurants'])('are rejected at POST %s unless they are JSON of at most 1 MiB', async (url) => {
    const [form, huge] = [
      await gateway.post(url, 'name=Ada', { 'content-type': 'application/x-www-form-urlencoded' }),
      await gateway.post(url, { filler: 'x'.repeat(1_100_000) }),
    ];
    expect([form, huge].map(({ statusCode, json }) => [statusCode, json<{ code: string }>().code])).toEqual([
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
      [413, 'BODY_TOO_LARGE'],
    ]);
  });

  it('are described in the OpenAPI document, and the gateway is ready', async () => {
    expect((await gateway.get('/health/live')).statusCode).toBe(200);
    expect((await gateway.get('/health/ready')).statusCode).toBe(200);
    expect((await gateway.get('/swagger-ui/index.html')).statusCode).toBe(200);
    const { paths } = (await gateway.get('/openapi.json')).json<{ paths: Record<string, Record<string, object>> }>();
    expect(paths['/orders']?.['get']).toHaveProperty(
      'parameters',
      expect.arrayContaining([
        { name: 'startKey', required: false, in: 'query', schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,200}$' } },
      ]),
    );
    expect(Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))).toEqual(
      expect.arrayContaining([
        'post /orders',
        'get /orders',
        'get /orders/{orderId}',
        'post /orders/{orderId}/cancel',
        'post /orders/{orderId}/revise',
        'post /consumers',
        'get /consumers/{consumerId}',
        'post /restaurants',
        'get /restaurants',
        'get /restaurants/{id}',
        'put /restaurants/{id}',
        'put /restaurants/{id}/menu',
        'delete /restaurants/{id}/menu/{itemId}',
        'get /tickets',
        'get /tickets/{ticketId}',
        'post /tickets/{ticketId}/accept',
        'post /tickets/{ticketId}/preparing',
        'post /tickets/{ticketId}/ready',
        'post /tickets/{ticketId}/picked-up',
        'get /deliveries/{deliveryId}',
        'post /deliveries/{deliveryId}/pickup',
        'post /deliveries/{deliveryId}/dropoff',
        'get /couriers/{courierId}',
        'post /couriers/{courierId}/availability',
      ]),
    );
    expect(JSON.stringify(paths['/orders/{orderId}'])).toContain('"expand"');
  });
});
