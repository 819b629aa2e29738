import type { RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';

export interface MenuItem {
  readonly id: string;
  readonly name: string;
  readonly price: Money;
}

/** What an order needs from its restaurant. */
export interface Menu {
  readonly restaurantId: RestaurantId;
  readonly restaurantName: string;
  /** Sequence of the restaurant's last change in this menu; shows Kitchen whether its replica is older. */
  readonly restaurantSequence: number;
  readonly orderMinimum: Money;
  readonly items: readonly MenuItem[];
}
