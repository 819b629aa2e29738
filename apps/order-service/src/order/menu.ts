import type { RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';

export interface MenuItem {
  readonly id: string;
  readonly name: string;
  readonly price: Money;
}

/** What an order needs to know of its restaurant. */
export interface Menu {
  readonly restaurantId: RestaurantId;
  readonly restaurantName: string;
  /** The change of the restaurant that this menu is as of; Kitchen can tell by it that it lags behind. */
  readonly restaurantSequence: number;
  readonly orderMinimum: Money;
  readonly items: readonly MenuItem[];
}
