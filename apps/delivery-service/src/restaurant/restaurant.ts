import type { Address, RestaurantId } from '@ftgo/ftgo';

/** What Delivery knows of a restaurant: where it is, as of its event number `sequence`. */
export interface Restaurant {
  readonly id: RestaurantId;
  readonly address: Address;
  readonly sequence: number;
}
