import type { RestaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { Menu, MenuItem } from '../order/menu.js';
import { RestaurantNotKnown } from '../order/order.errors.js';
import type { Restaurant } from './restaurant.js';

interface RestaurantRow {
  readonly id: RestaurantId;
  readonly name: string;
  readonly menuItems: Array<Omit<MenuItem, 'price'> & { readonly price: number }>;
  readonly orderMinimum: number;
  readonly sequence: number;
}

@Injectable()
export class RestaurantRepository {
  constructor(private readonly database: Database) {}

  async find(id: RestaurantId): Promise<Restaurant | undefined> {
    const [row] = await this.database.query<RestaurantRow>(
      `SELECT id, name, menu_items AS "menuItems", order_minimum AS "orderMinimum", sequence FROM restaurants WHERE id = $1`,
      [id],
    );
    return row && restaurantOf(row);
  }

  async menuOf(id: RestaurantId): Promise<Menu> {
    const restaurant = await this.find(id);
    if (!restaurant) throw new RestaurantNotKnown(id);
    return {
      restaurantId: id,
      restaurantName: restaurant.name,
      restaurantSequence: restaurant.sequence,
      orderMinimum: restaurant.orderMinimum,
      items: restaurant.menuItems,
    };
  }

  /**
   * Keeps the restaurant if it is newer than what is known (or, to put right what went wrong, as new); returns the
   * sequence that it replaced, 0 for a new one, undefined if it is old.
   */
  async replace({ id, name, menuItems, orderMinimum, sequence }: Restaurant, isRepair = false): Promise<number | undefined> {
    const items = JSON.stringify(menuItems.map((item) => ({ ...item, price: item.price.minorUnits })));
    const [replaced] = await this.database.query<{ before: number | null }>(
      `WITH known AS MATERIALIZED (SELECT sequence FROM restaurants WHERE id = $1 FOR UPDATE),
         before AS MATERIALIZED (SELECT max(sequence) AS sequence FROM known)
       INSERT INTO restaurants (id, name, menu_items, order_minimum, sequence)
         SELECT $1::bigint, $2::text, $3::jsonb, $4::bigint, $5::bigint FROM before
       ON CONFLICT (id) DO UPDATE SET
         name = excluded.name, menu_items = excluded.menu_items, order_minimum = excluded.order_minimum, sequence = excluded.sequence
       WHERE restaurants.sequence < excluded.sequence OR ($6 AND restaurants.sequence = excluded.sequence)
       RETURNING (SELECT before.sequence FROM before) AS before`,
      [id, name, items, orderMinimum.minorUnits, sequence, isRepair],
    );
    return replaced && (replaced.before ?? 0);
  }
}

function restaurantOf(row: RestaurantRow): Restaurant {
  return {
    ...row,
    menuItems: row.menuItems.map((item) => ({ ...item, price: Money.ofMinorUnits(item.price) })),
    orderMinimum: Money.ofMinorUnits(row.orderMinimum),
  };
}
