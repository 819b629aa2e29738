import type { RestaurantId } from '@ftgo/ftgo';
import { Money, normalized } from '@ftgo/kernel';
import { NotYet } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { RestaurantNotKnown } from '../ticket/ticket.errors.js';
import type { Menu } from '../ticket/ticket.js';
import type { MenuItem, Restaurant } from './restaurant.js';

interface RestaurantRow {
  readonly id: RestaurantId;
  readonly name: string;
  readonly menuItems: Array<Omit<MenuItem, 'price'> & { readonly price: number }>;
  readonly sequence: number;
}

@Injectable()
export class RestaurantRepository {
  constructor(private readonly database: Database) {}

  async find(id: RestaurantId): Promise<Restaurant | undefined> {
    const [row] = await this.database.query<RestaurantRow>(
      'SELECT id, name, menu_items AS "menuItems", sequence FROM restaurants WHERE id = $1',
      [id],
    );
    return row && { ...row, menuItems: row.menuItems.map((item) => ({ ...item, price: Money.ofMinorUnits(item.price) })) };
  }

  /** The menu as of a change of the restaurant, or a later one. A replica that is behind will catch up: that is no refusal. */
  async menuAsOf(id: RestaurantId, change: number): Promise<Menu> {
    const restaurant = await this.find(id);
    if (!restaurant || restaurant.sequence < change) throw new NotYet(new RestaurantNotKnown(id, change));
    const offered = new Set(restaurant.menuItems.map((item) => normalized(item.id)));
    return { restaurantId: id, restaurantName: restaurant.name, offers: (menuItemId) => offered.has(normalized(menuItemId)) };
  }

  /**
   * Keeps the restaurant if it is newer than what is known (or, to put right what went wrong, as new); returns the
   * sequence that it replaced, 0 for a new one, undefined if it is old.
   */
  async replace({ id, name, menuItems, sequence }: Restaurant, isRepair = false): Promise<number | undefined> {
    const items = JSON.stringify(menuItems.map((item) => ({ ...item, price: item.price.minorUnits })));
    const [replaced] = await this.database.query<{ before: number | null }>(
      `WITH known AS MATERIALIZED (SELECT sequence FROM restaurants WHERE id = $1 FOR UPDATE),
         before AS MATERIALIZED (SELECT max(sequence) AS sequence FROM known)
       INSERT INTO restaurants (id, name, menu_items, sequence) SELECT $1::bigint, $2::text, $3::jsonb, $4::bigint FROM before
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, menu_items = excluded.menu_items, sequence = excluded.sequence
       WHERE restaurants.sequence < excluded.sequence OR ($5 AND restaurants.sequence = excluded.sequence)
       RETURNING (SELECT before.sequence FROM before) AS before`,
      [id, name, items, sequence, isRepair],
    );
    return replaced && (replaced.before ?? 0);
  }
}
