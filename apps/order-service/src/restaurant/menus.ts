import type { RestaurantId } from '@ftgo/ftgo';
import { RestaurantReplica } from '@ftgo/restaurant-replica';
import { Injectable } from '@nestjs/common';
import type { Menu } from '../order/menu.js';
import { RestaurantNotKnown } from '../order/order.errors.js';

/** The menus used to price orders. */
@Injectable()
export class Menus {
  constructor(private readonly restaurants: RestaurantReplica<'name' | 'menuItems' | 'orderMinimum'>) {}

  async of(id: RestaurantId): Promise<Menu> {
    const restaurant = await this.restaurants.find(id);
    if (!restaurant) throw new RestaurantNotKnown(id);
    return {
      restaurantId: id,
      restaurantName: restaurant.name,
      restaurantSequence: restaurant.sequence,
      orderMinimum: restaurant.orderMinimum,
      items: restaurant.menuItems,
    };
  }
}
