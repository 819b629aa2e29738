import { between, type EventExample } from '../example.js';
import { ajantasAddress, menuMessage, usd } from '../samples.js';

const restaurant = between('order-service', 'restaurant-service');

/** Order prices orders from its replica of the menu and enforces the order minimum. */
export const eventsForOrderService: readonly EventExample[] = (
  ['RestaurantCreated', 'RestaurantRevised', 'RestaurantMenuRevised'] as const
).map((name) =>
  restaurant.event(name, {
    given: name,
    ids: { restaurant: 3 },
    about: (ids) => ids.restaurant,
    payload: () => ({ name: 'Ajanta', address: ajantasAddress, menu: menuMessage, orderMinimum: usd(1000) }),
  }),
);
