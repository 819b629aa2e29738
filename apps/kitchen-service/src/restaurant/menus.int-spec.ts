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

describe('the menus used to check tickets', () => {
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
    await module?.close();
    await server?.drop();
  });

  const change = (id: number, sequence: number) => ({
    id: restaurantId(id),
    name: `Ajanta ${sequence}`,
    menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.34') }],
    sequence,
  });

  it('match items by id in either Unicode normalization form', async () => {
    const menuItems = [{ id: 'cafe\u0301', name: 'Café', price: Money.of('12.34') }];
    await restaurants.replace({ ...change(6, 1), menuItems });
    const menu = await menus.asOf(restaurantId(6), 1);
    expect(['caf\u00E9', 'cafe\u0301', 'cafe'].map(menu.offers)).toEqual([true, true, false]);
  });

  it('are at least as recent as the requested change', async () => {
    await restaurants.replace(change(1, 3));
    for (const sequence of [3, 2]) {
      const menu = await menus.asOf(restaurantId(1), sequence);
      expect([menu.restaurantName, menu.offers('1'), menu.offers('2')]).toEqual(['Ajanta 3', true, false]);
    }
  });

  it('defer a command whose change or restaurant is not in the replica yet', async () => {
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
