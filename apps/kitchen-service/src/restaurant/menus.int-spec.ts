import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { NotYet } from '@ftgo/messaging';
import { Metrics } from '@ftgo/platform';
import { RestaurantReplica, restaurantsKeeping } from '@ftgo/restaurant-replica';
import type { TestDatabase } from '@ftgo/testing';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseModule, kitchenDatabase } from '../../test/kitchen.database.js';
import { Menus } from './menus.js';

describe('the menus that tickets are checked against', () => {
  let server: TestDatabase;
  let module: TestingModule;
  let restaurants: RestaurantReplica<'name' | 'menuItems'>;
  let menus: Menus;

  beforeAll(async () => {
    server = await kitchenDatabase();
    module = await Test.createTestingModule({
      imports: [databaseModule(server), DiscoveryModule],
      providers: [Metrics, restaurantsKeeping('name', 'menuItems'), Menus],
    }).compile();
    restaurants = module.get(RestaurantReplica);
    menus = module.get(Menus);
  });
  afterAll(async () => {
    await module.close();
    await server.drop();
  });

  const change = (id: number, sequence: number) => ({
    id: restaurantId(id),
    name: `Ajanta ${sequence}`,
    menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.34') }],
    sequence,
  });

  it('offer an item by its id in either form of Unicode', async () => {
    const menuItems = [{ id: 'cafe\u0301', name: 'Café', price: Money.of('12.34') }];
    await restaurants.replace({ ...change(6, 1), menuItems });
    const menu = await menus.asOf(restaurantId(6), 1);
    expect(['caf\u00E9', 'cafe\u0301', 'cafe'].map(menu.offers)).toEqual([true, true, false]);
  });

  it('are as of a change that the replica has, or a later one', async () => {
    await restaurants.replace(change(1, 3));
    for (const sequence of [3, 2]) {
      const menu = await menus.asOf(restaurantId(1), sequence);
      expect([menu.restaurantName, menu.offers('1'), menu.offers('2')]).toEqual(['Ajanta 3', true, false]);
    }
  });

  it('defer for a change that the replica lacks, and for a restaurant that it does not know', async () => {
    await restaurants.replace(change(2, 3));
    for (const [id, sequence] of [
      [2, 4],
      [404, 1],
    ] as const) {
      const menu = menus.asOf(restaurantId(id), sequence);
      await expect(menu).rejects.toThrow(NotYet);
      await expect(menu).rejects.toMatchObject({ refusal: { code: 'RESTAURANT_NOT_KNOWN' } });
    }
  });
});
