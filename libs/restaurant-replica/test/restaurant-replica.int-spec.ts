import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Database, DatabaseModule, Metrics } from '@ftgo/platform';
import { type TestDatabase, testDatabase } from '@ftgo/testing';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RestaurantReplica, restaurantsKeeping } from '../src/index.js';
import type { Fact, Restaurant } from '../src/restaurant.js';

describe('a replica of restaurants', () => {
  let server: TestDatabase;
  let module: TestingModule;
  let restaurants: RestaurantReplica<Fact>;

  beforeAll(async () => {
    server = await testDatabase();
    module = await Test.createTestingModule({
      imports: [DatabaseModule.forRoot({ url: server.url, entities: [] }), DiscoveryModule],
      providers: [Metrics, restaurantsKeeping('name', 'address', 'menuItems', 'orderMinimum')],
    }).compile();
    await module
      .get(Database)
      .query(
        'CREATE TABLE restaurants (id bigint PRIMARY KEY, name text, address jsonb, menu_items jsonb, order_minimum bigint, sequence bigint NOT NULL)',
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

  it('counts a missing change, but not one in order', async () => {
    const before = Number(await gaps());
    for (const sequence of [1, 2, 4]) await restaurants.replace(change(4, sequence));
    expect(Number(await gaps())).toBe(before + 1);
  });

  it('reports an unknown restaurant', async () => {
    await expect(restaurants.get(restaurantId(404))).rejects.toMatchObject({ code: 'RESTAURANT_NOT_FOUND' });
  });
});
