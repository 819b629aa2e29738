import { Money } from '@ftgo/kernel';
import { Menu } from '../src/restaurant/menu.js';
import { Restaurant, type RestaurantProfile } from '../src/restaurant/restaurant.js';

export const vindaloo = { id: '1', name: 'Chicken Vindaloo', price: Money.of('12.34') };
export const naan = { id: '2', name: 'Naan', price: Money.of('3.50') };

export const ajantaProfile: RestaurantProfile = {
  name: 'Ajanta',
  address: { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94611' },
  orderMinimum: Money.of('10.00'),
};

/** The restaurant of the book, created a while ago. */
export function ajanta(): Restaurant {
  const [restaurant, events] = Restaurant.create(ajantaProfile, Menu.of([vindaloo, naan]));
  restaurant.version = events.length;
  return restaurant;
}
