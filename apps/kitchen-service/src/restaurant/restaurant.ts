import type { RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';

export interface MenuItem {
  readonly id: string;
  readonly name: string;
  readonly price: Money;
}

/** What Kitchen knows of a restaurant: a copy of the owner's, as of its event number `sequence`. */
export interface Restaurant {
  readonly id: RestaurantId;
  readonly name: string;
  readonly menuItems: readonly MenuItem[];
  readonly sequence: number;
}
