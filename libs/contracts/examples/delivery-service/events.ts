import { between, type EventExample } from '../example.js';
import { anyText } from '../json.js';
import { ajantasAddress, deliveryTime, menuMessage, orderLine, readyBy, usd, withheldAddress } from '../samples.js';

const restaurant = between('delivery-service', 'restaurant-service');
const order = between('delivery-service', 'order-service');
const kitchen = between('delivery-service', 'kitchen-service');

const ofOrder = (given: string) => ({
  given,
  ids: { order: 17, consumer: 7, restaurant: 3 },
  about: (ids: { order: number }) => ids.order,
});

export const eventsForDeliveryService: readonly EventExample[] = [
  ...(['RestaurantCreated', 'RestaurantRevised', 'RestaurantMenuRevised'] as const).map((name) =>
    restaurant.event(name, {
      given: name,
      ids: { restaurant: 3 },
      about: (ids) => ids.restaurant,
      payload: () => ({ name: 'Ajanta', address: ajantasAddress, menu: menuMessage }),
    }),
  ),
  order.event('OrderCreated', {
    ...ofOrder('OrderCreated'),
    payload: (ids) => ({
      consumerId: String(ids.consumer),
      restaurantId: String(ids.restaurant),
      restaurantName: 'Ajanta',
      lineItems: [orderLine],
      orderTotal: usd(6170),
      deliveryAddress: withheldAddress,
      deliveryTime,
    }),
  }),
  order.event('OrderRejected', {
    ...ofOrder('OrderRejected'),
    payload: () => ({ reason: { code: 'CONSUMER_NOT_FOUND', detail: anyText('consumer not found') } }),
  }),
  order.event('OrderCancelled', ofOrder('OrderCancelled')),
  kitchen.event('TicketAccepted', { ...ofOrder('TicketAccepted'), payload: () => ({ readyBy }) }),
  kitchen.event('TicketPreparationStarted', ofOrder('TicketPreparationStarted')),
  kitchen.event('TicketPreparationCompleted', ofOrder('TicketPreparationCompleted')),
  kitchen.event('TicketPickedUp', ofOrder('TicketPickedUp')),
  kitchen.event('TicketCancelled', ofOrder('TicketCancelled')),
];
