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

  it('tells nothing when the menu stays as it is', () => {
    expect(ajanta().reviseMenu(Menu.of([vindaloo, naan]))).toEqual([]);
  });

  it('takes an item off its menu, once', () => {
    const restaurant = ajanta();
    expect(restaurant.removeMenuItem(naan.id)).toEqual(['RestaurantMenuRevised']);
    expect(restaurant.removeMenuItem(naan.id)).toEqual([]);
    expect(restaurant.menu.items).toEqual([vindaloo]);
  });

  it('knows an item by its id in either form of Unicode', () => {
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

  it('may take the last item off its menu', () => {
    const restaurant = ajanta();
    restaurant.removeMenuItem(naan.id);
    restaurant.removeMenuItem(vindaloo.id);
    expect(restaurant.menu.items).toEqual([]);
  });

  it.each([
    ['name', { name: 'New Ajanta' }],
    ['address', { address: { ...ajantaProfile.address, street2: 'Back door' } }],
    ['order minimum', { orderMinimum: Money.zero }],
  ])('tells of a new %s, once', (_what, change) => {
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
  ])('%s is refused', (_what, items) => {
    expect(() => Menu.of(items)).toThrow(InvalidMenu);
  });
});
