import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { NotYet } from '@ftgo/messaging';
import type { TestDatabase } from '@ftgo/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseModule, kitchenDatabase } from '../../test/kitchen.database.js';
import type { Restaurant } from './restaurant.js';
import { RestaurantRepository } from './restaurant.repository.js';

describe('the replica of restaurants', () => {
  let testDatabase: TestDatabase;
  let module: TestingModule;
  let restaurants: RestaurantRepository;

  beforeAll(async () => {
    testDatabase = await kitchenDatabase();
    module = await Test.createTestingModule({ imports: [databaseModule(testDatabase)], providers: [RestaurantRepository] }).compile();
    restaurants = module.get(RestaurantRepository);
  });

  afterAll(async () => {
    await module.close();
    await testDatabase.drop();
  });

  it('offers an item by its id in either form of Unicode', async () => {
    const menuItems = [{ id: 'cafe\u0301', name: 'Café', price: Money.of('12.34') }];
    await restaurants.replace({ ...change(6, 1), menuItems });
    const menu = await restaurants.menuAsOf(restaurantId(6), 1);
    expect(['caf\u00E9', 'cafe\u0301', 'cafe'].map(menu.offers)).toEqual([true, true, false]);
  });

  const change = (id: number, sequence: number): Restaurant => ({
    id: restaurantId(id),
    name: `Ajanta ${sequence}`,
    menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.34') }],
    sequence,
  });

  it('gives the menu as of a change that it has heard of, or a later one', async () => {
    await restaurants.replace(change(1, 3));
    for (const sequence of [3, 2]) {
      const menu = await restaurants.menuAsOf(restaurantId(1), sequence);
      expect([menu.restaurantName, menu.offers('1'), menu.offers('2')]).toEqual(['Ajanta 3', true, false]);
    }
  });

  it('says "not yet" to a change that it has not heard of, and to a restaurant that it does not know', async () => {
    await restaurants.replace(change(2, 3));
    for (const [id, sequence] of [
      [2, 4],
      [404, 1],
    ] as const) {
      const menu = restaurants.menuAsOf(restaurantId(id), sequence);
      await expect(menu).rejects.toThrow(NotYet);
      await expect(menu).rejects.toMatchObject({ refusal: { code: 'RESTAURANT_NOT_KNOWN' } });
    }
  });

  it('takes a newer change, says what it replaced, and leaves what it knows when an older one comes', async () => {
    expect(await restaurants.replace(change(3, 1))).toBe(0);
    expect(await restaurants.replace(change(3, 4))).toBe(1);
    expect(await restaurants.replace(change(3, 4))).toBeUndefined();
    expect(await restaurants.replace(change(3, 3))).toBeUndefined();
    expect(await restaurants.find(restaurantId(3))).toEqual(change(3, 4));
  });

  it('puts right what it knows wrongly when a rebuild brings the same change, and takes no older one', async () => {
    const wrong = { ...change(9, 4), name: 'wrong' };
    await restaurants.replace(wrong);
    expect(await restaurants.replace(change(9, 3), true)).toBeUndefined();
    expect(await restaurants.find(restaurantId(9))).toEqual(wrong);
    expect(await restaurants.replace(change(9, 4), true)).toBe(4);
    expect(await restaurants.find(restaurantId(9))).toEqual(change(9, 4));
  });
});
