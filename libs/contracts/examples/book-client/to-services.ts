import { get, ok, post, problem, put, type RestExample, restBetween } from '../example.js';
import { anyNumber } from '../json.js';
import { ada, adasAddress, ajantasAddress, courier, menu, newOrder, newRestaurant } from '../samples.js';
import * as states from '../states.js';
import { cancel, found, noneFound, orderIn, revise, shown } from './orders.js';

const toConsumers = restBetween('book-client', 'consumer-service');
const toOrders = restBetween('book-client', 'order-service');
const toKitchen = restBetween('book-client', 'kitchen-service');
const toRestaurants = restBetween('book-client', 'restaurant-service');
const toAccounting = restBetween('book-client', 'accounting-service');
const toDeliveries = restBetween('book-client', 'delivery-service');
const toHistory = restBetween('book-client', 'order-history-service');

/** The original serves its documentation at this path. */
const documentation = {
  ...states.nothing,
  name: 'the documentation is served',
  ask: () => get('/swagger-ui/index.html'),
  answer: () => ({ status: 200 }),
};

const consumers = [
  toConsumers({
    ...states.nothing,
    name: 'a consumer is created',
    ask: () => post('/consumers', { name: ada }),
    answer: () => ok({ consumerId: anyNumber(7) }),
  }),
  toConsumers({
    ...states.aConsumer,
    name: 'a consumer is read',
    ask: ({ consumer }) => get(`/consumers/${consumer}`),
    answer: ({ consumer }) => ok({ consumerId: consumer, name: ada }),
  }),
  toConsumers({
    ...states.noConsumer,
    name: 'the consumer does not exist',
    ask: ({ consumer }) => get(`/consumers/${consumer}`),
    answer: () => problem(404, 'CONSUMER_NOT_FOUND'),
  }),
  toConsumers(documentation),
];

const restaurants = [
  toRestaurants({
    ...states.nothing,
    name: 'a restaurant is created',
    ask: () => post('/restaurants', newRestaurant),
    answer: () => ok({ id: anyNumber(3) }),
  }),
  toRestaurants({
    ...states.aRestaurant,
    name: 'a restaurant is read with its menu',
    ask: ({ restaurant }) => get(`/restaurants/${restaurant}`),
    answer: ({ restaurant }) => ok({ id: restaurant, name: 'Ajanta', address: ajantasAddress, menu }),
  }),
  toRestaurants({
    ...states.noRestaurant,
    name: 'the restaurant does not exist',
    ask: ({ restaurant }) => get(`/restaurants/${restaurant}`),
    answer: () => problem(404, 'RESTAURANT_NOT_FOUND'),
  }),
  toRestaurants({
    ...states.aRestaurant,
    name: 'a menu is revised',
    ask: ({ restaurant }) => put(`/restaurants/${restaurant}/menu`, menu),
    answer: () => ({ status: 200 }),
  }),
  toRestaurants(documentation),
];

/** The restaurant as shown by Order and Kitchen: clients wait for it before they order. */
const replica = {
  ...states.aRestaurant,
  name: 'a restaurant is known',
  ask: ({ restaurant }: { restaurant: number }) => get(`/restaurants/${restaurant}`),
  answer: ({ restaurant }: { restaurant: number }) => ok({ restaurantId: restaurant, name: 'Ajanta', menu, sequence: anyNumber(1) }),
};
const noReplica = {
  ...states.noRestaurant,
  name: 'a restaurant is not known yet',
  ask: replica.ask,
  answer: () => problem(404, 'RESTAURANT_NOT_FOUND'),
};

const orders = [
  toOrders(replica),
  toOrders(noReplica),
  toOrders({
    ...states.aRestaurant,
    ids: { ...states.aRestaurant.ids, consumer: 7 },
    name: 'an order is placed, whether or not the consumer is known',
    ask: (ids) => post('/orders', newOrder(ids)),
    answer: () => ok({ orderId: anyNumber(17) }),
  }),
  toOrders({
    ...states.noRestaurant,
    ids: { ...states.noRestaurant.ids, consumer: 7 },
    name: 'nothing can be ordered from an unknown restaurant',
    ask: (ids) => post('/orders', newOrder(ids)),
    answer: () => problem(422, 'RESTAURANT_NOT_KNOWN'),
  }),
  toOrders({
    ...states.aRestaurant,
    ids: { ...states.aRestaurant.ids, consumer: 7 },
    name: 'an item that is not on the menu cannot be ordered',
    ask: (ids) => post('/orders', { ...newOrder(ids), lineItems: [{ menuItemId: '99', quantity: 1 }] }),
    answer: () => problem(422, 'MENU_ITEM_NOT_OFFERED'),
  }),
  toOrders({
    ...states.approvedOrder,
    name: 'an order is read',
    ask: ({ order }) => get(`/orders/${order}`),
    answer: ({ order, consumer, restaurant }) =>
      ok({ ...orderIn('APPROVED', order), consumerId: consumer, restaurantId: restaurant, deliveryAddress: adasAddress }),
  }),
  toOrders({
    ...states.noOrder,
    name: 'the order does not exist',
    ask: ({ order }) => get(`/orders/${order}`),
    answer: () => problem(404, 'ORDER_NOT_FOUND'),
  }),
  toOrders({
    ...states.approvedOrder,
    name: 'an order is being cancelled',
    ask: cancel,
    answer: ({ order }) => ok(orderIn('CANCEL_PENDING', order)),
  }),
  toOrders({
    ...states.rejectedOrder,
    name: 'a rejected order cannot be cancelled',
    ask: cancel,
    answer: () => problem(409, 'ILLEGAL_TRANSITION'),
  }),
  toOrders({
    ...states.approvedOrder,
    name: 'an order is being revised',
    ask: revise,
    answer: ({ order }) => ok(orderIn('REVISION_PENDING', order)),
  }),
  toOrders({
    ...states.rejectedOrder,
    name: 'a rejected order cannot be revised',
    ask: revise,
    answer: () => problem(409, 'ILLEGAL_TRANSITION'),
  }),
  toOrders(documentation),
];

const kitchen = [
  toKitchen(replica),
  toKitchen(noReplica),
  toKitchen({
    ...states.aTicket,
    name: 'a ticket is accepted, with a time without a zone',
    ask: ({ ticket }) => post(`/tickets/${ticket}/accept`, { readyBy: '2099-11-21T19:00:00.123456789' }),
    answer: () => ({ status: 200 }),
  }),
  toKitchen({
    ...states.acceptedTicket,
    name: 'an accepted ticket cannot be accepted again',
    ask: ({ ticket }) => post(`/tickets/${ticket}/accept`, { readyBy: '2099-11-21T19:00:00' }),
    answer: () => problem(409, 'ILLEGAL_TRANSITION'),
  }),
  toKitchen({
    ...states.noTicket,
    name: 'the ticket does not exist',
    ask: ({ ticket }) => post(`/tickets/${ticket}/accept`, { readyBy: '2099-11-21T19:00:00' }),
    answer: () => problem(404, 'TICKET_NOT_FOUND'),
  }),
  toKitchen(documentation),
];

const accounting = [
  toAccounting({
    ...states.anAccount,
    name: 'an account is open',
    ask: ({ consumer }) => get(`/accounts/${consumer}`),
    answer: ({ consumer }) => ok({ accountId: String(consumer) }),
  }),
  toAccounting({
    ...states.noAccount,
    name: 'an account is not open yet',
    ask: ({ consumer }) => get(`/accounts/${consumer}`),
    answer: () => problem(404, 'ACCOUNT_NOT_FOUND'),
  }),
];

const deliveries = [
  toDeliveries({
    ...states.nothing,
    ids: { courier },
    name: 'a courier becomes available',
    ask: (ids) => post(`/couriers/${ids.courier}/availability`, { available: true }),
    answer: () => ({ status: 200 }),
  }),
  toDeliveries({
    ...states.pendingDelivery,
    name: 'a delivery waits for a courier',
    ask: ({ delivery }) => get(`/deliveries/${delivery}`),
    answer: ({ delivery }) => ok({ deliveryInfo: { id: delivery, state: 'PENDING' }, assignedCourier: null, courierActions: [] }),
  }),
  toDeliveries({
    ...states.scheduledDelivery,
    name: 'a delivery has a courier',
    ask: ({ delivery }) => get(`/deliveries/${delivery}`),
    answer: (ids) =>
      ok({
        deliveryInfo: { id: ids.delivery, state: 'SCHEDULED' },
        assignedCourier: ids.courier,
        courierActions: [{ type: 'PICKUP' }, { type: 'DROPOFF' }],
      }),
  }),
  toDeliveries({
    ...states.noDelivery,
    name: 'the delivery does not exist',
    ask: ({ delivery }) => get(`/deliveries/${delivery}`),
    answer: () => problem(404, 'DELIVERY_NOT_FOUND'),
  }),
];

const history = [
  toHistory({ ...found, answer: (ids) => ok({ orders: [shown(ids)], startKey: null }) }),
  toHistory(noneFound),
  toHistory({
    ...states.nothing,
    name: 'a consumer id is required',
    ask: () => get('/orders'),
    answer: () => problem(400, 'VALIDATION_FAILED'),
  }),
  toHistory({
    ...states.aHistory,
    name: 'one order is read',
    ask: ({ order }) => get(`/orders/${order}`),
    answer: (ids) => ok(shown(ids)),
  }),
  toHistory({
    ...states.noOrder,
    name: 'the order does not exist',
    ask: ({ order }) => get(`/orders/${order}`),
    answer: () => problem(404, 'ORDER_NOT_FOUND'),
  }),
  toHistory(documentation),
];

/** What a client of the book's original application sends and relies on: names, types and status codes. */
export const bookClientToServices: readonly RestExample[] = [
  ...consumers,
  ...restaurants,
  ...orders,
  ...kitchen,
  ...accounting,
  ...deliveries,
  ...history,
];
