import { RestaurantServiceApi } from '@ftgo/contracts/restaurant';
import { Money } from '@ftgo/kernel';
import { memoryBroker } from '@ftgo/messaging/broker';
import { type Database, idempotencyKey, type NestFastifyApplication } from '@ftgo/platform';
import type { GrpcClient } from '@ftgo/rpc';
import { eventually, type TestDatabase } from '@ftgo/testing';
import { migratedDatabase, serviceConfig, startInProcess } from '@ftgo/testing/services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule, service } from '../src/app.module.js';
import { migrations } from '../src/migrations/migrations.js';

const address = { street1: '1 High Street', street2: 'Suite 2', city: 'Oakland', state: 'CA', zip: '94611' };
const vindaloo = { id: '1', name: 'Chicken Vindaloo', price: '12.34' };
const naan = { id: '2', name: 'Naan', price: '3.50' };
const ajanta = { name: 'Ajanta', address, menu: { menuItems: [vindaloo, naan] }, orderMinimum: '10.00' };

describe('restaurant-service', () => {
  let server: TestDatabase;
  let app: NestFastifyApplication;
  let database: Database;
  let grpc: GrpcClient<typeof RestaurantServiceApi>;

  beforeAll(async () => {
    server = await migratedDatabase(service, migrations);
    const module = AppModule.forRoot(serviceConfig(server.url), memoryBroker());
    ({ app, grpc, database } = await startInProcess({ name: service, api: RestaurantServiceApi, module }));
  });
  afterAll(async () => {
    grpc?.close();
    await app?.close();
    await server?.drop();
  });

  const request = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object | string) =>
    app.inject({
      method,
      url,
      ...(payload === undefined ? {} : { payload, headers: { 'content-type': 'application/json; charset=UTF-8' } }),
    });
  const create = async (details: object = ajanta): Promise<number> =>
    (await request('POST', '/restaurants', details)).json<{ id: number }>().id;
  const publishedAbout = async (id: number) => {
    const rows = await database.query<{ type: string; sequence: string; payload: Buffer }>(
      'SELECT type, sequence, payload FROM outbox WHERE subject = $1 ORDER BY position',
      [String(id)],
    );
    return rows.map(({ type, sequence, payload }) => ({
      type: type.split('.').at(-1),
      sequence: Number(sequence),
      payload: JSON.parse(String(payload)) as object,
    }));
  };

  it('creates a restaurant that can be read and is published in full', async () => {
    const created = await request('POST', '/restaurants', { ...ajanta, cuisine: 'Indian' });
    expect([created.statusCode, created.headers['content-type'], created.headers.location, created.json()]).toEqual([
      200,
      expect.stringContaining('application/json'),
      undefined,
      { id: expect.any(Number) },
    ]);
    const { id } = created.json<{ id: number }>();
    const read = await request('GET', `/restaurants/${id}`);
    expect([read.statusCode, read.json()]).toEqual([200, { id, ...ajanta }]);
    expect(await publishedAbout(id)).toEqual([
      {
        type: 'RestaurantCreated',
        sequence: 1,
        payload: {
          name: 'Ajanta',
          address,
          menu: {
            menuItems: [
              { id: '1', name: 'Chicken Vindaloo', price: { currencyCode: 'USD', minorUnits: '1234' } },
              { id: '2', name: 'Naan', price: { currencyCode: 'USD', minorUnits: '350' } },
            ],
          },
          orderMinimum: { currencyCode: 'USD', minorUnits: '1000' },
        },
      },
    ]);
  });

  it('creates one restaurant per Idempotency-Key over HTTP and gRPC, and rejects another body', async () => {
    const post = (details: object) =>
      app.inject({ method: 'POST', url: '/restaurants', payload: details, headers: { 'idempotency-key': 'one-ajanta' } });
    const { id } = (await post(ajanta)).json<{ id: number }>();
    expect((await post({ ...ajanta, orderMinimum: '10' })).json()).toEqual({ id });
    const menu = { menuItems: [vindaloo, naan].map((item) => ({ ...item, price: Money.of(item.price) })) };
    const details = { name: 'Ajanta', address, menu, orderMinimum: Money.of('10.00') };
    expect(await idempotencyKey.run('one-ajanta', () => grpc.calls.createRestaurant(details))).toEqual({ restaurantId: id });
    expect((await post({ ...ajanta, name: 'Other' })).json()).toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(await publishedAbout(id)).toHaveLength(1);
  });

  it('requires neither a second address line nor an order minimum', async () => {
    const { street2: _, ...short } = address;
    for (const nothing of [
      { address: { ...short, street2: null }, orderMinimum: null },
      { address: short, orderMinimum: undefined },
    ]) {
      const id = await create({ name: 'Ajanta', menu: ajanta.menu, ...nothing });
      expect((await request('GET', `/restaurants/${id}`)).json()).toEqual({ id, ...ajanta, address: short, orderMinimum: '0.00' });
    }
  });

  it('revises the menu once when the request is repeated', async () => {
    const id = await create();
    const menu = { menuItems: [{ ...vindaloo, price: '13' }] };
    for (let i = 0; i < 2; i++) {
      const revised = await request('PUT', `/restaurants/${id}/menu`, menu);
      expect([revised.statusCode, revised.json()]).toEqual([
        200,
        { id, ...ajanta, menu: { menuItems: [{ ...vindaloo, price: '13.00' }] } },
      ]);
    }
    const published = await publishedAbout(id);
    expect(published.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['RestaurantCreated', 1],
      ['RestaurantMenuRevised', 2],
    ]);
    expect(published[1]?.payload).toMatchObject({ name: 'Ajanta', menu: { menuItems: [{ id: '1', price: { minorUnits: '1300' } }] } });
  });

  it('removes an item from the menu once when the request is repeated', async () => {
    const id = await create();
    for (let i = 0; i < 2; i++) {
      const removed = await request('DELETE', `/restaurants/${id}/menu/2`);
      expect([removed.statusCode, removed.json()]).toEqual([200, { id, ...ajanta, menu: { menuItems: [vindaloo] } }]);
    }
    expect((await publishedAbout(id)).map(({ type }) => type)).toEqual(['RestaurantCreated', 'RestaurantMenuRevised']);
  });

  it('supports item ids of the maximum length', async () => {
    const long = { ...naan, id: 'ü'.repeat(255) };
    const id = await create({ ...ajanta, menu: { menuItems: [vindaloo, long] } });
    const removed = await request('DELETE', `/restaurants/${id}/menu/${encodeURIComponent(long.id)}`);
    expect([removed.statusCode, removed.json()]).toEqual([200, { id, ...ajanta, menu: { menuItems: [vindaloo] } }]);
  });

  it('updates everything except the menu', async () => {
    const id = await create();
    const change = { name: 'New Ajanta', address: { ...address, zip: '94612' }, orderMinimum: '0' };
    const updated = await request('PUT', `/restaurants/${id}`, change);
    expect([updated.statusCode, updated.json()]).toEqual([200, { id, ...ajanta, ...change, orderMinimum: '0.00' }]);
    expect((await publishedAbout(id)).at(-1)).toMatchObject({ type: 'RestaurantRevised', sequence: 2, payload: { name: 'New Ajanta' } });
  });

  it('loses no change when two arrive concurrently', async () => {
    const id = await create();
    const change = { name: 'New Ajanta', address, orderMinimum: '10.00' };
    const changes = [request('PUT', `/restaurants/${id}`, change), request('PUT', `/restaurants/${id}/menu`, { menuItems: [naan] })];
    expect((await Promise.all(changes)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    expect((await request('GET', `/restaurants/${id}`)).json()).toEqual({ id, ...ajanta, name: 'New Ajanta', menu: { menuItems: [naan] } });
    const published = await publishedAbout(id);
    expect(published.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(published.at(-1)?.payload).toMatchObject({ name: 'New Ajanta', menu: { menuItems: [{ id: '2' }] } });
  });

  it('changes only the version that the client expects', async () => {
    const id = await create();
    const headers = (version: number) => ({ 'content-type': 'application/json', 'if-match': `"${version}"` });
    const revise = (version: number, name: string) =>
      app.inject({ method: 'PUT', url: `/restaurants/${id}/menu`, headers: headers(version), payload: { menuItems: [{ ...naan, name }] } });
    const revised = await revise(1, 'Garlic naan');
    expect([revised.statusCode, revised.headers['etag']]).toEqual([200, '"2"']);
    expect((await revise(1, 'Plain naan')).json()).toMatchObject({ status: 412, code: 'VERSION_OUTDATED' });
    const { menu: _, ...profile } = ajanta;
    for (const outdated of [
      await app.inject({ method: 'PUT', url: `/restaurants/${id}`, headers: headers(1), payload: { ...profile, name: 'New' } }),
      await app.inject({ method: 'DELETE', url: `/restaurants/${id}/menu/2`, headers: { 'if-match': '"1"' } }),
    ]) {
      expect(outdated.statusCode).toBe(412);
    }
    const current = await request('GET', `/restaurants/${id}`);
    expect([current.headers['etag'], current.json()]).toMatchObject([
      '"2"',
      { name: 'Ajanta', menu: { menuItems: [{ name: 'Garlic naan' }] } },
    ]);
    expect((await app.inject({ url: `/restaurants/${id}`, headers: { 'if-none-match': '"2"' } })).statusCode).toBe(304);
    expect(await publishedAbout(id)).toHaveLength(2);
  });

  it('lists restaurants in pages, each once', async () => {
    const ids = [await create(), await create(), await create()];
    const seen: number[] = [];
    let query = 'pageSize=2';
    for (;;) {
      const page = (await request('GET', `/restaurants?${query}`)).json<{ restaurants: Array<{ id: number }>; startKey: string | null }>();
      expect(page.restaurants.length).toBeLessThanOrEqual(2);
      seen.push(...page.restaurants.map(({ id }) => id));
      if (page.startKey === null) break;
      query = `pageSize=2&startKey=${page.startKey}`;
    }
    expect(seen.filter((id) => ids.includes(id))).toEqual(ids);
    expect(new Set(seen).size).toBe(seen.length);
    expect((await request('GET', '/restaurants')).json<{ restaurants: object[] }>().restaurants).toContainEqual({ id: ids[0], ...ajanta });
  });

  it('numbers restaurants from 1, within 32 bits', async () => {
    await create();
    const [ids] = await database.query<{ least: number; greatest: number }>(
      'SELECT min(id) AS least, max(id) AS greatest FROM restaurants',
    );
    expect(ids?.least).toBe(1);
    expect(ids?.greatest).toBeLessThan(2 ** 31);
  });

  it('ends the list with the last restaurant, and continues there when another one is added', async () => {
    await create();
    const listed = async (query: string) => {
      const { restaurants, startKey } = (await request('GET', `/restaurants?${query}`)).json<{
        restaurants: Array<{ id: number }>;
        startKey: string | null;
      }>();
      return { ids: restaurants.map(({ id }) => id), startKey };
    };
    const { ids } = await listed('');
    expect(await listed(`pageSize=${ids.length}`)).toEqual({ ids, startKey: null });
    const { startKey } = await listed(`pageSize=${ids.length - 1}`);
    expect(await listed(`startKey=${startKey}`)).toEqual({ ids: ids.slice(-1), startKey: null });
    const newest = await create();
    expect(await listed(`startKey=${startKey}`)).toEqual({ ids: [...ids.slice(-1), newest], startKey: null });
    const behindAll = Buffer.from(`after:${Number.MAX_SAFE_INTEGER}`).toString('base64url');
    expect(await listed(`startKey=${behindAll}`)).toEqual({ ids: [], startKey: null });
  });

  it('lists at most a hundred restaurants by default', async () => {
    for (let made = 0; made < 101; made++) await create();
    for (const query of ['', '?pageSize=100']) {
      const { restaurants, startKey } = (await request('GET', `/restaurants${query}`)).json<{ restaurants: object[]; startKey: unknown }>();
      expect([restaurants.length, startKey]).toEqual([100, expect.any(String)]);
    }
  });

  describe('over gRPC', () => {
    const details = {
      name: 'Ajanta',
      address,
      menu: { menuItems: [vindaloo, naan].map((item) => ({ ...item, price: Money.of(item.price) })) },
      orderMinimum: Money.of('10.00'),
    };

    it('does everything that it does over HTTP', async () => {
      const { restaurantId } = await grpc.calls.createRestaurant(details);
      expect(await grpc.calls.getRestaurant({ restaurantId })).toEqual({ restaurant: { restaurantId, ...details, version: 1 } });
      const menu = { menuItems: details.menu.menuItems.slice(0, 1) };
      expect(await grpc.calls.reviseMenu({ restaurantId, menu })).toEqual({ restaurant: { restaurantId, ...details, menu, version: 2 } });
      const none = { menuItems: [] };
      expect(await grpc.calls.removeMenuItem({ restaurantId, menuItemId: '1' })).toEqual({
        restaurant: { restaurantId, ...details, menu: none, version: 3 },
      });
      const { name: _, ...unchanged } = details;
      const updated = await grpc.calls.updateRestaurant({ restaurantId, name: 'New Ajanta', address });
      const revised = { restaurantId, ...unchanged, name: 'New Ajanta', menu: none, orderMinimum: Money.zero, version: 4 };
      expect(updated).toEqual({ restaurant: revised });
      const outdated = grpc.calls.reviseMenu({ restaurantId, menu, expected: { versions: [3] } });
      await expect(outdated).rejects.toMatchObject({ code: 'VERSION_OUTDATED', kind: 'outdated' });
      expect((await grpc.calls.batchGetRestaurants({ restaurantIds: [restaurantId, 999_999] })).restaurants).toHaveLength(1);
    });

    it('finds restaurants by more ids than a statement allows parameters', async () => {
      const { restaurantId } = await grpc.calls.createRestaurant(details);
      const restaurantIds = [restaurantId, ...Array.from({ length: 70_000 }, (_, i) => 1_000_000 + i)];
      expect((await grpc.calls.batchGetRestaurants({ restaurantIds })).restaurants).toEqual([{ restaurantId, ...details, version: 1 }]);
    });

    it('lists restaurants in pages', async () => {
      const first = await grpc.calls.listRestaurants({ pageSize: 1, pageToken: '' });
      const second = await grpc.calls.listRestaurants({ pageSize: 1, pageToken: first.nextPageToken });
      expect([...first.restaurants, ...second.restaurants].map(({ restaurantId }) => restaurantId)).toEqual([1, 2]);
      expect((await grpc.calls.listRestaurants({ pageSize: 0, pageToken: '' })).restaurants.length).toBeGreaterThan(1);
      const elsewhere = grpc.calls.listRestaurants({ pageSize: 1, pageToken: 'elsewhere' });
      const errors = [{ pointer: '/pageToken', detail: 'is not a valid page token; use the one from the previous page' }];
      await expect(elsewhere).rejects.toMatchObject({ code: 'VALIDATION_FAILED', errors });
    });

    it('lists large restaurants in pages of about one mebibyte, each once', async () => {
      const large = { menuItems: Array.from({ length: 100 }, (_, i) => ({ id: `${i}`, name: '菜'.repeat(250), price: Money.of('1') })) };
      const made = [];
      for (let i = 0; i < 60; i++) made.push((await grpc.calls.createRestaurant({ ...details, menu: large })).restaurantId);
      const listed: number[] = [];
      let pageToken = Buffer.from(`after:${made[0]! - 1}`).toString('base64url');
      do {
        const { restaurants, nextPageToken } = await grpc.calls.listRestaurants({ pageSize: 100, pageToken });
        expect(Buffer.byteLength(JSON.stringify(restaurants))).toBeLessThan(1.2 * 1024 * 1024);
        listed.push(...restaurants.map(({ restaurantId }) => restaurantId));
        pageToken = nextPageToken;
      } while (pageToken);
      expect(listed).toEqual(made);
      expect((await request('GET', '/restaurants')).statusCode).toBe(200);
      expect((await grpc.calls.batchGetRestaurants({ restaurantIds: made })).restaurants).toHaveLength(60);
    });

    it('rejects a batch of more than a hundred existing restaurants', async () => {
      const ids = [];
      for (let made = 0; made < 101; made++) ids.push((await grpc.calls.createRestaurant(details)).restaurantId);
      const restaurantIds = ids.slice(1);
      expect((await grpc.calls.batchGetRestaurants({ restaurantIds })).restaurants).toHaveLength(100);
      await expect(grpc.calls.batchGetRestaurants({ restaurantIds: ids })).rejects.toMatchObject({ code: 'BATCH_TOO_LARGE' });
    });

    it.each([
      ['an empty name', { ...details, name: '' }, '/name'],
      ['a negative price', { ...details, menu: { menuItems: [{ ...naan, price: Money.ofMinorUnits(-1) }] } }, '/menu/menuItems/0/price'],
      ['a foreign price', { ...details, menu: { menuItems: [{ ...naan, price: Money.of('1', 'EUR') }] } }, '/menu/menuItems/0/price'],
      ['a menu without an item', { ...details, menu: { menuItems: [] } }, '/menu/menuItems'],
    ])('rejects %s', async (_what, request, pointer) => {
      await expect(grpc.calls.createRestaurant(request)).rejects.toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer }] });
    });

    it('returns 404 for an unknown restaurant', async () => {
      await expect(grpc.calls.getRestaurant({ restaurantId: 999_999 })).rejects.toMatchObject({ code: 'RESTAURANT_NOT_FOUND' });
    });
  });

  describe('rejects', () => {
    const many = Array.from({ length: 101 }, (_, i) => ({ ...naan, id: String(i) }));
    it.each<[string, object | string, number, string[] | undefined]>([
      ['malformed JSON', '{"name":"Ajanta"', 400, undefined],
      ['a body of the wrong type', '"Ajanta"', 400, ['']],
      ['all fields missing', {}, 400, ['/name', '/address', '/menu']],
      ['empty names', { ...ajanta, name: ' ', menu: { menuItems: [{ ...naan, name: '' }] } }, 400, ['/name', '/menu/menuItems/0/name']],
      [
        'an incomplete address',
        { ...ajanta, address: { street1: 'x', state: '' } },
        400,
        ['/address/city', '/address/state', '/address/zip'],
      ],
      ['a price as a number', { ...ajanta, menu: { menuItems: [{ ...naan, price: 3.5 }] } }, 400, ['/menu/menuItems/0/price']],
      [
        'a price as an object',
        { ...ajanta, menu: { menuItems: [{ ...naan, price: { amount: '3.50' } }] } },
        400,
        ['/menu/menuItems/0/price'],
      ],
      ['a price with three decimals', { ...ajanta, menu: { menuItems: [{ ...naan, price: '3.505' }] } }, 400, ['/menu/menuItems/0/price']],
      ['a negative price', { ...ajanta, menu: { menuItems: [{ ...naan, price: '-3.50' }] } }, 400, ['/menu/menuItems/0/price']],
      ['a negative order minimum', { ...ajanta, orderMinimum: '-1' }, 400, ['/orderMinimum']],
      ['an order minimum as a number', { ...ajanta, orderMinimum: 10 }, 400, ['/orderMinimum']],
      ['a menu without an item', { ...ajanta, menu: { menuItems: [] } }, 400, ['/menu/menuItems']],
      ['a menu of more than 100 items', { ...ajanta, menu: { menuItems: many } }, 400, ['/menu/menuItems']],
      ['an item named twice', { ...ajanta, menu: { menuItems: [vindaloo, naan, { ...naan, id: '1' }] } }, 400, ['/menu/menuItems/2/id']],
      ['an item id as a number', { ...ajanta, menu: { menuItems: [{ ...naan, id: 2 }] } }, 400, ['/menu/menuItems/0/id']],
      ['a text over 255 characters', { ...ajanta, name: 'A'.repeat(256) }, 400, ['/name']],
      ['an oversized body', { ...ajanta, name: 'A'.repeat(1024 * 1024) }, 413, undefined],
    ])('%s, and stores nothing', async (_what, payload, status, pointers) => {
      const before = await database.query('SELECT count(*) FROM restaurants');
      const response = await request('POST', '/restaurants', payload);
      expect([response.statusCode, response.headers['content-type']]).toEqual([
        status,
        expect.stringContaining('application/problem+json'),
      ]);
      expect(response.json<{ errors?: Array<{ pointer: string }> }>().errors?.map(({ pointer }) => pointer)).toEqual(pointers);
      expect(await database.query('SELECT count(*) FROM restaurants')).toEqual(before);
    });

    it('the same menus in a revision', async () => {
      const id = await create();
      for (const menuItems of [[], many, [naan, naan], [{ ...naan, price: 3.5 }]]) {
        expect((await request('PUT', `/restaurants/${id}/menu`, { menuItems })).statusCode).toBe(400);
      }
      expect((await request('GET', `/restaurants/${id}`)).json()).toEqual({ id, ...ajanta });
    });

    it.each<[string, object, string[]]>([
      ['all fields missing', {}, ['/name', '/address']],
      ['an empty name and half an address', { name: '', address: { ...address, city: null } }, ['/name', '/address/city']],
      ['an order minimum with three decimals', { name: 'A', address, orderMinimum: '1.005' }, ['/orderMinimum']],
      ['texts over 255 characters', { name: 'A', address: { ...address, street2: 'A'.repeat(256) } }, ['/address/street2']],
    ])('%s in an update, and changes nothing', async (_what, payload, pointers) => {
      const id = await create();
      const response = await request('PUT', `/restaurants/${id}`, payload);
      expect([response.statusCode, response.json<{ errors: Array<{ pointer: string }> }>().errors.map(({ pointer }) => pointer)]).toEqual([
        400,
        pointers,
      ]);
      expect((await request('GET', `/restaurants/${id}`)).json()).toEqual({ id, ...ajanta });
      expect(await publishedAbout(id)).toHaveLength(1);
    });

    it('another media type', async () => {
      const response = await app.inject({ method: 'POST', url: '/restaurants', payload: '<a/>', headers: { 'content-type': 'text/xml' } });
      expect([response.statusCode, response.json().code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    });

    it.each<['GET' | 'PUT' | 'DELETE', string, object | undefined]>([
      ['GET', '', undefined],
      ['PUT', '', { name: 'A', address }],
      ['PUT', '/menu', ajanta.menu],
      ['DELETE', '/menu/1', undefined],
    ])('%s of an unknown restaurant%s with 404, of an invalid id with 400', async (method, path, payload) => {
      const unknown = await request(method, `/restaurants/999999${path}`, payload);
      expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'RESTAURANT_NOT_FOUND']);
      expect((await request(method, `/restaurants/abc${path}`, payload)).statusCode).toBe(400);
    });

    it.each([
      ['300 characters', 'x'.repeat(300)],
      ['a space', '%20'],
      ['a NUL', 'a%00b'],
    ])('the removal of a menu item with an invalid id, over HTTP and gRPC: %s', async (_, item) => {
      const response = await request('DELETE', `/restaurants/1/menu/${item}`);
      expect([response.statusCode, response.json()]).toMatchObject([400, { code: 'VALIDATION_FAILED', errors: [{ pointer: '/itemId' }] }]);
      await expect(grpc.calls.removeMenuItem({ restaurantId: 1, menuItemId: decodeURIComponent(item) })).rejects.toMatchObject({
        code: 'VALIDATION_FAILED',
        errors: [{ pointer: '/menuItemId' }],
      });
    });

    const elsewhere = Buffer.from('after:0').toString('base64url');
    it.each(['pageSize=0', 'pageSize=101', 'pageSize=x', 'pageSize=', 'startKey=x', 'startKey=', `startKey=${elsewhere}`])(
      'a page of %s',
      async (query) => {
        const response = await request('GET', `/restaurants?${query}`);
        expect([response.statusCode, response.json()]).toMatchObject([400, { errors: [{ pointer: `/${query.split('=')[0]}` }] }]);
      },
    );

    it('an unknown path', async () => {
      expect((await request('GET', '/menus')).json()).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
    });
  });

  it('serves its OpenAPI document and its readiness', async () => {
    const { paths } = (await request('GET', '/openapi.json')).json<{ paths: Record<string, object> }>();
    expect(Object.keys(paths).filter((path) => !path.startsWith('/operations/'))).toEqual([
      '/restaurants',
      '/restaurants/{id}',
      '/restaurants/{id}/menu',
      '/restaurants/{id}/menu/{itemId}',
    ]);
    expect((await request('GET', '/swagger-ui/index.html')).statusCode).toBe(200);
    await eventually(async () =>
      expect((await request('GET', '/health/ready')).json()).toEqual({
        status: 'up',
        ready: true,
        parts: { database: 'ready', messaging: 'ready', outbox: 'ready' },
      }),
    );
  });
});
