import type { RestaurantId } from '@ftgo/ftgo';
import { normalized } from '@ftgo/kernel';
import { NotYet } from '@ftgo/messaging';
import { RestaurantReplica } from '@ftgo/restaurant-replica';
import { Injectable } from '@nestjs/common';
import { RestaurantNotKnown } from '../ticket/ticket.errors.js';
import type { Menu } from '../ticket/ticket.js';

/** The menus used to check tickets. */
@Injectable()
export class Menus {
  constructor(private readonly restaurants: RestaurantReplica<'name' | 'menuItems'>) {}

  /**
   * The menu as of a change of the restaurant, or a later one. A lagging replica will catch up, so a missing change is
   * not a rejection.
   */
  async asOf(id: RestaurantId, change: number): Promise<Menu> {
    const restaurant = await this.restaurants.find(id);
    if (!restaurant || restaurant.sequence < change) throw new NotYet(new RestaurantNotKnown(id, change));
    const offered = new Set(restaurant.menuItems.map((item) => normalized(item.id)));
    return { restaurantId: id, restaurantName: restaurant.name, offers: (menuItemId) => offered.has(normalized(menuItemId)) };
  }
}
