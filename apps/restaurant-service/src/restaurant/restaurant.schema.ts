import type { Address } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { generatedId, jsonColumn, moneyColumn, plainJsonColumn } from '@ftgo/platform';
import { EntitySchema } from 'typeorm';
import { Menu } from './menu.js';
import { Restaurant } from './restaurant.js';

interface MenuItemRow {
  readonly id: string;
  readonly name: string;
  readonly price: number;
}

const menuColumn = jsonColumn<Menu, readonly MenuItemRow[]>({
  write: (menu) => menu.items.map((item) => ({ ...item, price: item.price.minorUnits })),
  read: (rows) => Menu.stored(rows.map((row) => ({ ...row, price: Money.ofMinorUnits(row.price) }))),
});

interface RestaurantColumns {
  id: number;
  name: string;
  address: Address;
  menu: Menu;
  owner: string | null;
  orderMinimum: Money;
  version: number;
}

export const restaurantSchema = new EntitySchema<RestaurantColumns>({
  target: Restaurant,
  name: 'Restaurant',
  tableName: 'restaurants',
  columns: {
    id: generatedId,
    name: { type: 'text' },
    address: plainJsonColumn,
    menu: menuColumn,
    owner: { type: 'text', nullable: true },
    orderMinimum: moneyColumn,
    version: { type: 'integer' },
  },
});
