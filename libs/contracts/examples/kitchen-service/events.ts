import { between, type EventExample } from '../example.js';
import { ajantasAddress, courier, menuMessage } from '../samples.js';

const restaurant = between('kitchen-service', 'restaurant-service');
const delivery = between('kitchen-service', 'delivery-service');

export const eventsForKitchenService: readonly EventExample[] = [
  ...(['RestaurantCreated', 'RestaurantRevised', 'RestaurantMenuRevised'] as const).map((name) =>
    restaurant.event(name, {
      given: name,
      ids: { restaurant: 3 },
      about: (ids) => ids.restaurant,
      payload: () => ({ name: 'Ajanta', address: ajantasAddress, menu: menuMessage }),
    }),
  ),
  delivery.event('DeliveryPickedUp', {
    given: 'DeliveryPickedUp',
    ids: { order: 17, courier },
    about: (ids) => ids.order,
    payload: (ids) => ({ courierId: String(ids.courier) }),
  }),
];
