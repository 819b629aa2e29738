import { Money } from '@ftgo/kernel';
import type { Fact, MenuItem, RestaurantFacts } from './restaurant.js';

/** The column of a fact in the service's table `restaurants`. */
interface FactColumn<Value> {
  readonly name: string;
  readonly type: string;
  readonly write: (value: Value) => unknown;
  readonly read: (stored: never) => Value;
}

type StoredMenuItem = Omit<MenuItem, 'price'> & { readonly price: number };

export const factColumns: { readonly [Name in Fact]: FactColumn<RestaurantFacts[Name]> } = {
  name: { name: 'name', type: 'text', write: (name) => name, read: (stored: string) => stored },
  address: { name: 'address', type: 'jsonb', write: JSON.stringify, read: (stored: RestaurantFacts['address']) => stored },
  menuItems: {
    name: 'menu_items',
    type: 'jsonb',
    write: (items) => JSON.stringify(items.map((item) => ({ ...item, price: item.price.minorUnits }))),
    read: (stored: readonly StoredMenuItem[]) => stored.map((item) => ({ ...item, price: Money.ofMinorUnits(item.price) })),
  },
  orderMinimum: {
    name: 'order_minimum',
    type: 'bigint',
    write: (minimum) => minimum.minorUnits,
    read: (stored: number) => Money.ofMinorUnits(stored),
  },
};
