import { restaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import type { TestDatabase } from '@ftgo/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseModule, orderDatabase } from '../../test/order.database.js';
import { ajanta } from '../../test/restaurant.mother.js';
import { RestaurantNotKnown } from '../order/order.errors.js';
import type { Restaurant } from './restaurant.js';
import { RestaurantRepository } from './restaurant.repository.js';

describe('the replica of restaurants', () => {
  let testDatabase: TestDatabase;
  let module: TestingModule;
  let restaurants: RestaurantRepository;

  beforeAll(async () => {
    testDatabase = await orderDatabase();
    module = await Test.createTestingModule({ imports: [databaseModule(testDatabase)], providers: [RestaurantRepository] }).compile();
    restaurants = module.get(RestaurantRepository);
  });

  afterAll(async () => {
    await module.close();
    await testDatabase.drop();
  });

  const change = (id: number, sequence: number, name = `Ajanta ${sequence}`): Restaurant => ({
    id: restaurantId(id),
    name,
    menuItems: ajanta().items,
    orderMinimum: Money.of('10.00'),
    sequence,
  });

  it('gives the menu that orders are priced by', async () => {
    await restaurants.replace(change(1, 3));
    expect(await restaurants.menuOf(restaurantId(1))).toEqual({
      restaurantId: 1,
      restaurantName: 'Ajanta 3',
      restaurantSequence: 3,
      orderMinimum: Money.of('10.00'),
      items: ajanta().items,
    });
  });

  it('takes a newer change, and says what it replaced', async () => {
    expect(await restaurants.replace(change(2, 1))).toBe(0);
    expect(await restaurants.replace(change(2, 4))).toBe(1);
    expect((await restaurants.find(restaurantId(2)))?.name).toBe('Ajanta 4');
  });

  it('leaves what it knows when an older change, or the same, comes again', async () => {
    await restaurants.replace(change(3, 4));
    expect(await restaurants.replace(change(3, 3))).toBeUndefined();
    expect(await restaurants.replace(change(3, 4, 'other'))).toBeUndefined();
    expect((await restaurants.find(restaurantId(3)))?.name).toBe('Ajanta 4');
  });

  it('puts right what it knows wrongly when a rebuild brings the same change, and takes no older one', async () => {
    const wrong = { ...change(9, 4), name: 'wrong' };
    await restaurants.replace(wrong);
    expect(await restaurants.replace(change(9, 3), true)).toBeUndefined();
    expect(await restaurants.find(restaurantId(9))).toEqual(wrong);
    expect(await restaurants.replace(change(9, 4), true)).toBe(4);
    expect(await restaurants.find(restaurantId(9))).toEqual(change(9, 4));
  });

  it('says so when it does not know a restaurant', async () => {
    await expect(restaurants.menuOf(restaurantId(404))).rejects.toThrow(RestaurantNotKnown);
  });
});
