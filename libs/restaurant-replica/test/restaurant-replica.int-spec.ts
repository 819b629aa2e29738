import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import type { IncomingMessage } from '@ftgo/messaging';
import { Database, DatabaseModule, Metrics, Ownership, ownershipTable, runMigrations } from '@ftgo/platform';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RestaurantEventHandlers, RestaurantReplica, restaurantsKeeping } from '../src/index.js';
import type { Fact, Restaurant } from '../src/restaurant.js';

describe('a replica of restaurants', () => {
  let server: TestDatabase;
  let module: TestingModule;
  let restaurants: RestaurantReplica<Fact>;

  beforeAll(async () => {
    server = await testDatabase();
    await runMigrations(server.url, [ownershipTable(1)], { print: () => {} });
    module = await Test.createTestingModule({
      imports: [DatabaseModule.forRoot({ url: server.url, entities: [] }), DiscoveryModule],
      providers: [Metrics, restaurantsKeeping('name', 'address', 'menuItems', 'orderMinimum')],
    }).compile();
    await module
      .get(Database)
      .query(
        'CREATE TABLE restaurants (id bigint PRIMARY KEY, name text, address jsonb, menu_items jsonb, order_minimum bigint, sequence bigint NOT NULL, changed_at timestamptz)',
      );
    restaurants = module.get(RestaurantReplica);
  });

  afterAll(async () => {
    await module.close();
    await server.drop();
  });

  const change = (id: number, sequence: number, name = `Ajanta ${sequence}`): Restaurant<Fact> => ({
    id: restaurantId(id),
    name,
    address: { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94611' },
    menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.34') }],
    orderMinimum: Money.of('10.00'),
    sequence,
  });
  const find = (id: number) => restaurants.find(restaurantId(id));
  const gaps = async () => /^replica_gaps_total (\d+)$/m.exec(await module.get(Metrics).text())?.[1];

  it('stores every fact as published', async () => {
    await restaurants.replace(change(1, 3));
    expect(await find(1)).toEqual(change(1, 3));
  });

  it('applies a newer change and returns the replaced sequence', async () => {
    expect(await restaurants.replace(change(2, 1))).toBe(0);
    expect(await restaurants.replace(change(2, 4))).toBe(1);
    expect((await find(2))?.name).toBe('Ajanta 4');
  });

  it('ignores an older or duplicate change', async () => {
    await restaurants.replace(change(3, 4));
    expect(await restaurants.replace(change(3, 3))).toBeUndefined();
    expect(await restaurants.replace(change(3, 4, 'other'))).toBeUndefined();
    expect(await find(3)).toEqual(change(3, 4));
  });

  it('repairs a row from the same change in a rebuild, but not from an older one', async () => {
    const wrong = change(9, 4, 'wrong');
    await restaurants.replace(wrong);
    expect(await restaurants.replace(change(9, 3), true)).toBeUndefined();
    expect(await find(9)).toEqual(wrong);
    expect(await restaurants.replace(change(9, 4), true)).toBe(4);
    expect(await find(9)).toEqual(change(9, 4));
  });

  const event = (id: number, sequence: number, time: string, owner?: string) => {
    const { name, address, menuItems, orderMinimum } = change(id, sequence, time);
    const payload = { name, address, menu: { menuItems }, orderMinimum, owner };
    const message = { subject: String(id), source: `/restaurant-service/restaurants/${id}`, sequence, time: new Date(time) };
    const handlers = new RestaurantEventHandlers(restaurants, module.get(Ownership));
    return handlers.replaceRestaurantWhenItChanged(payload, message as IncomingMessage);
  };

  it('stores the owner of the newest change', async () => {
    await event(7, 1, '2026-11-30T12:00:00Z', 'https://login.example|ada');
    await event(7, 3, '2026-11-30T12:02:00Z', 'https://login.example|bob');
    await event(7, 2, '2026-11-30T12:01:00Z', 'https://login.example|ada');
    const ownership = module.get(Ownership);
    expect(await ownership.of('https://login.example|bob')).toEqual([{ kind: 'restaurant', id: 7 }]);
    expect(await ownership.of('https://login.example|ada')).toEqual([]);
  });

  describe('that receives a sequence twice', () => {
    it('rejects an event with the sequence of an earlier one, since the sender’s database was restored', async () => {
      await event(5, 1, '2026-11-30T12:00:00Z');
      await event(5, 3, '2026-11-30T12:02:00Z');
      for (const sequence of [2, 3])
        await expect(event(5, sequence, '2026-11-30T13:00:00Z')).rejects.toMatchObject({
          name: 'MessageRejected',
          reason: 'reissue',
          message: expect.stringContaining('was restored to an earlier point in time') as unknown,
        });
    });

    it('ignores an older event that arrives late, and the same one again', async () => {
      await event(6, 3, '2026-11-30T12:02:00Z');
      await event(6, 2, '2026-11-30T12:01:00Z');
      await event(6, 3, '2026-11-30T12:02:00Z');
      expect((await find(6))?.name).toBe('2026-11-30T12:02:00Z');
    });
  });

  it('counts a missing change, but not one in order', async () => {
    const before = Number(await gaps());
    for (const sequence of [1, 2, 4]) await restaurants.replace(change(4, sequence));
    expect(Number(await gaps())).toBe(before + 1);
  });

  it('reports an unknown restaurant', async () => {
    await expect(restaurants.get(restaurantId(404))).rejects.toMatchObject({ code: 'RESTAURANT_NOT_FOUND' });
  });
});
