import { between, type EventExample } from '../example.js';
import { ajantasAddress, courier, menuMessage, usd } from '../samples.js';
import { ofPerson } from '../states.js';

const restaurant = between('order-service', 'restaurant-service');
const consumer = between('order-service', 'consumer-service');
const delivery = between('order-service', 'delivery-service');

export const eventsForOrderService: readonly EventExample[] = [
  // It knows who may order for a consumer.
  consumer.event('ConsumerCreated', ofPerson),
  // Order prices orders from its replica of the menu and enforces the order minimum.
  ...(['RestaurantCreated', 'RestaurantRevised', 'RestaurantMenuRevised'] as const).map((name) =>
    restaurant.event(name, {
      given: name,
      ids: { restaurant: 3 },
      about: (ids) => ids.restaurant,
      payload: () => ({ name: 'Ajanta', address: ajantasAddress, menu: menuMessage, orderMinimum: usd(1000) }),
    }),
  ),
  // It erases the addresses of an erased consumer, each once its order has ended.
  consumer.event('ConsumerErased', { given: 'ConsumerErased', ids: { consumer: 7 }, about: (ids) => ids.consumer }),
  delivery.event('DeliveryDelivered', {
    given: 'DeliveryDelivered',
    ids: { order: 17, courier },
    about: (ids) => ids.order,
    payload: (ids) => ({ courierId: String(ids.courier) }),
  }),
];
