import type { Address, RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';

export interface MenuItem {
  readonly id: string;
  readonly name: string;
  readonly price: Money;
}

/** The data that restaurant-service publishes about a restaurant. */
export interface RestaurantFacts {
  readonly name: string;
  readonly address: Address;
  readonly menuItems: readonly MenuItem[];
  readonly orderMinimum: Money;
}

export type Fact = keyof RestaurantFacts;

/** A copy of a restaurant as of event number `sequence`, with the facts that a service keeps. */
export type Restaurant<Kept extends Fact> = Pick<RestaurantFacts, Kept> & { readonly id: RestaurantId; readonly sequence: number };
