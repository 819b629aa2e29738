import type { RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import type { MenuItem } from '../order/menu.js';

/** What Order knows of a restaurant: a copy of the owner's, as of its event number `sequence`. */
export interface Restaurant {
  readonly id: RestaurantId;
  readonly name: string;
  readonly menuItems: readonly MenuItem[];
  readonly orderMinimum: Money;
  readonly sequence: number;
}
