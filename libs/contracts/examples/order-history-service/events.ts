import { between, type EventExample } from '../example.js';
import { anyNumberText, anyText } from '../json.js';
import {
  ajantasAddress,
  courier,
  deliveryTime,
  menuMessage,
  naanOrderLine,
  naanTicketLine,
  orderLine,
  readyBy,
  ticketLine,
  usd,
  withheldAddress,
} from '../samples.js';
import { ofPerson } from '../states.js';

const consumer = between('order-history-service', 'consumer-service');
const restaurant = between('order-history-service', 'restaurant-service');
const order = between('order-history-service', 'order-service');
const kitchen = between('order-history-service', 'kitchen-service');
const delivery = between('order-history-service', 'delivery-service');
const accounting = between('order-history-service', 'accounting-service');

const ofOrder = (given: string) => ({
  given,
  ids: { order: 17, consumer: 7, restaurant: 3, courier },
  about: (ids: { order: number }) => ids.order,
});
const ofAccount = (given: string) => ({ ...ofOrder(given), about: (ids: { consumer: number }) => ids.consumer });
const reason = (code: string) => ({ reason: { code, detail: anyText('because') } });
const revised = { lineItems: [orderLine, naanOrderLine], orderTotal: usd(6420) };
const authorization = (ids: { order: number }) => ({ orderId: String(ids.order), authorizationId: anyNumberText(5) });

/** The order history uses every field of an order's events. */
export const eventsForOrderHistoryService: readonly EventExample[] = [
  consumer.event('ConsumerCreated', ofPerson),
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
  order.event('OrderAuthorized', ofOrder('OrderAuthorized')),
  order.event('OrderRejected', { ...ofOrder('OrderRejected'), payload: () => reason('CONSUMER_NOT_FOUND') }),
  order.event('OrderCancelRequested', ofOrder('OrderCancelRequested')),
  order.event('OrderCancelRejected', { ...ofOrder('OrderCancelRejected'), payload: () => reason('TICKET_NOT_CANCELLABLE') }),
  order.event('OrderCancelled', ofOrder('OrderCancelled')),
  order.event('OrderRevisionProposed', { ...ofOrder('OrderRevisionProposed'), payload: () => revised }),
  order.event('OrderRevised', { ...ofOrder('OrderRevised'), payload: () => revised }),
  order.event('OrderRevisionRejected', { ...ofOrder('OrderRevisionRejected'), payload: () => reason('TICKET_NOT_REVISABLE') }),

  kitchen.event('TicketCreated', {
    ...ofOrder('TicketCreated'),
    payload: (ids) => ({ restaurantId: String(ids.restaurant), lineItems: [ticketLine] }),
  }),
  kitchen.event('TicketAccepted', { ...ofOrder('TicketAccepted'), payload: () => ({ readyBy }) }),
  kitchen.event('TicketPreparationStarted', ofOrder('TicketPreparationStarted')),
  kitchen.event('TicketPreparationCompleted', ofOrder('TicketPreparationCompleted')),
  kitchen.event('TicketPickedUp', ofOrder('TicketPickedUp')),
  kitchen.event('TicketCancelled', ofOrder('TicketCancelled')),
  kitchen.event('TicketRevised', { ...ofOrder('TicketRevised'), payload: () => ({ lineItems: [ticketLine, naanTicketLine] }) }),

  delivery.event('DeliveryScheduled', {
    ...ofOrder('DeliveryScheduled'),
    payload: (ids) => ({
      courierId: String(ids.courier),
      pickupAddress: ajantasAddress,
      pickupTime: readyBy,
      deliveryAddress: withheldAddress,
      deliveryTime,
    }),
  }),
  delivery.event('DeliveryUnscheduled', { ...ofOrder('DeliveryUnscheduled'), payload: (ids) => ({ courierId: String(ids.courier) }) }),
  delivery.event('DeliveryPickedUp', { ...ofOrder('DeliveryPickedUp'), payload: (ids) => ({ courierId: String(ids.courier) }) }),
  delivery.event('DeliveryDelivered', { ...ofOrder('DeliveryDelivered'), payload: (ids) => ({ courierId: String(ids.courier) }) }),
  delivery.event('DeliveryCancelled', { ...ofOrder('DeliveryCancelled'), payload: (ids) => ({ courierId: String(ids.courier) }) }),

  accounting.event('CardAuthorized', { ...ofAccount('CardAuthorized'), payload: (ids) => ({ ...authorization(ids), amount: usd(6170) }) }),
  accounting.event('AuthorizationRevised', {
    ...ofAccount('AuthorizationRevised'),
    payload: (ids) => ({ ...authorization(ids), amount: usd(6420) }),
  }),
  accounting.event('AuthorizationCaptured', {
    ...ofAccount('AuthorizationCaptured'),
    payload: (ids) => ({ ...authorization(ids), amount: usd(6170) }),
  }),
  accounting.event('AuthorizationReversed', { ...ofAccount('AuthorizationReversed'), payload: authorization }),
];
