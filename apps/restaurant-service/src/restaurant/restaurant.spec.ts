import { Money } from '@ftgo/kernel';
import { describe, expect, it } from 'vitest';
import { ajanta, ajantaProfile, naan, vindaloo } from '../../test/restaurant.mother.js';
import { InvalidMenu, Menu } from './menu.js';

describe('a restaurant', () => {
  it('revises its menu', () => {
    const restaurant = ajanta();
    expect(restaurant.reviseMenu(Menu.of([{ ...vindaloo, price: Money.of('13.00') }]))).toEqual(['RestaurantMenuRevised']);
    expect(restaurant.menu.items).toEqual([{ ...vindaloo, price: Money.of('13.00') }]);
  });

  it('publishes nothing when the menu does not change', () => {
    expect(ajanta().reviseMenu(Menu.of([vindaloo, naan]))).toEqual([]);
  });

  it('removes an item from its menu once', () => {
    const restaurant = ajanta();
    expect(restaurant.removeMenuItem(naan.id)).toEqual(['RestaurantMenuRevised']);
    expect(restaurant.removeMenuItem(naan.id)).toEqual([]);
    expect(restaurant.menu.items).toEqual([vindaloo]);
  });

  it('matches an item by id in either Unicode normalization form', () => {
    const restaurant = ajanta();
    restaurant.reviseMenu(Menu.of([vindaloo, { ...naan, id: 'caf\u00E9' }]));
    expect(restaurant.removeMenuItem('cafe\u0301')).toEqual(['RestaurantMenuRevised']);
    expect(() =>
      Menu.of([
        { ...naan, id: 'caf\u00E9' },
        { ...naan, id: 'cafe\u0301' },
      ]),
    ).toThrow(InvalidMenu);
  });

  it('can remove the last item from its menu', () => {
    const restaurant = ajanta();
    restaurant.removeMenuItem(naan.id);
    restaurant.removeMenuItem(vindaloo.id);
    expect(restaurant.menu.items).toEqual([]);
  });

  it.each([
    ['name', { name: 'New Ajanta' }],
    ['address', { address: { ...ajantaProfile.address, street2: 'Back door' } }],
    ['order minimum', { orderMinimum: Money.zero }],
  ])('publishes a new %s once', (_what, change) => {
    const restaurant = ajanta();
    expect(restaurant.revise({ ...ajantaProfile, ...change })).toEqual(['RestaurantRevised']);
    expect(restaurant).toMatchObject(change);
    expect(restaurant.revise({ ...ajantaProfile, ...change })).toEqual([]);
  });
});

describe('a menu', () => {
  it.each([
    ['without an item', []],
    ['that names an item twice', [vindaloo, { ...naan, id: vindaloo.id }]],
    ['of more than 100 items', Array.from({ length: 101 }, (_, i) => ({ ...naan, id: String(i) }))],
  ])('%s is rejected', (_what, items) => {
    expect(() => Menu.of(items)).toThrow(InvalidMenu);
  });
});
