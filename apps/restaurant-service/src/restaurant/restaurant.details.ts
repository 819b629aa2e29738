import type { RestaurantDetails } from '@ftgo/contracts/restaurant';
import { Money } from '@ftgo/kernel';
import type { Restaurant, RestaurantProfile } from './restaurant.js';

/** A restaurant as others see it. */
export const detailsOf = ({ id, name, address, menu, orderMinimum, version }: Restaurant): RestaurantDetails => ({
  restaurantId: id,
  name,
  address,
  menu: { menuItems: [...menu.items] },
  orderMinimum,
  version,
});

interface GivenProfile extends Omit<RestaurantProfile, 'orderMinimum'> {
  readonly orderMinimum?: Money | undefined;
}

/** A profile as sent by clients: no minimum means a minimum of zero. */
export const profileOf = (given: GivenProfile): RestaurantProfile => ({ ...given, orderMinimum: given.orderMinimum ?? Money.zero });
