import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Metrics } from '@ftgo/platform';
import { RestaurantReplica, restaurantsKeeping } from '@ftgo/restaurant-replica';
import type { TestDatabase } from '@ftgo/testing';
import { DiscoveryModule } from '@nestjs/core';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseModule, orderDatabase } from '../../test/order.database.js';
import { ajanta } from '../../test/restaurant.mother.js';
import { RestaurantNotKnown } from '../order/order.errors.js';
import { Menus } from './menus.js';

describe('the menus used to price orders', () => {
  let server: TestDatabase;
  let module: TestingModule;
  let restaurants: RestaurantReplica<'name' | 'menuItems' | 'orderMinimum'>;
  let menus: Menus;

  beforeAll(async () => {
    server = await orderDatabase();
    module = await Test.createTestingModule({
      imports: [databaseModule(server), DiscoveryModule],
      providers: [Metrics, restaurantsKeeping('name', 'menuItems', 'orderMinimum'), Menus],
    }).compile();
    restaurants = module.get(RestaurantReplica);
    menus = module.get(Menus);
  });
  afterAll(async () => {
    await module?.close();
    await server?.drop();
  });

  it('come from the replica', async () => {
    const { items: menuItems } = ajanta();
    await restaurants.replace({ id: restaurantId(1), name: 'Ajanta', menuItems, orderMinimum: Money.of('10.00'), sequence: 3 });
    expect(await menus.of(restaurantId(1))).toEqual({
      restaurantId: 1,
      restaurantName: 'Ajanta',
      restaurantSequence: 3,
      orderMinimum: Money.of('10.00'),
      items: menuItems,
    });
  });

  it('exist only for restaurants in the replica', async () => {
    await expect(menus.of(restaurantId(404))).rejects.toThrow(RestaurantNotKnown);
  });
});
