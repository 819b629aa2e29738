import { RestaurantCreated, RestaurantMenuRevised, RestaurantRevised } from '@ftgo/contracts/restaurant';
import { type OccurredEvent, occurred } from '@ftgo/messaging';
import type { Restaurant, RestaurantEvent } from './restaurant.js';

const types = { RestaurantCreated, RestaurantRevised, RestaurantMenuRevised };

/** The message that publishes an event: the whole restaurant as it is now. */
export function toMessage({ name, address, menu, orderMinimum, owner }: Restaurant, event: RestaurantEvent): OccurredEvent {
  return occurred(types[event], { name, address, menu: { menuItems: [...menu.items] }, orderMinimum, owner: owner ?? undefined });
}
