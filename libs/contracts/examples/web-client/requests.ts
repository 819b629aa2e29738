import { get, ok, post, problem, put, type RestExample, remove, restBetween } from '../example.js';
import { anyLocalTime, anyNumber, anyText } from '../json.js';
import { ada, ajantasAddress, courier, menu, newRestaurant } from '../samples.js';
import * as states from '../states.js';

const rest = restBetween('web-client', 'api-gateway');
const toKitchen = restBetween('web-client', 'kitchen-service');
const toDeliveries = restBetween('web-client', 'delivery-service');

const consumers = [
  rest({
    ...states.aConsumer,
    name: 'a consumer is read',
    ask: ({ consumer }) => get(`/consumers/${consumer}`),
    answer: ({ consumer }) => ok({ consumerId: consumer, name: ada }),
  }),
  rest({
    ...states.noConsumer,
    name: 'the consumer does not exist',
    ask: ({ consumer }) => get(`/consumers/${consumer}`),
    answer: () => problem(404, 'CONSUMER_NOT_FOUND'),
  }),
];

const ajanta = ({ restaurant }: { restaurant: number }) => ({ id: restaurant, name: 'Ajanta', address: ajantasAddress, menu });
const menuOfNaan = { menuItems: [{ id: '2', name: 'Naan', price: '2.50' }] };
const restaurants = [
  rest({
    ...states.nothing,
    name: 'a restaurant is created',
    ask: () => post('/restaurants', newRestaurant),
    answer: () => ok({ id: anyNumber(3) }),
  }),
  rest({
    ...states.aRestaurant,
    name: 'a restaurant is read',
    ask: ({ restaurant }) => get(`/restaurants/${restaurant}`),
    answer: (ids) => ok(ajanta(ids)),
  }),
  rest({
    ...states.noRestaurant,
    name: 'the restaurant does not exist',
    ask: ({ restaurant }) => get(`/restaurants/${restaurant}`),
    answer: () => problem(404, 'RESTAURANT_NOT_FOUND'),
  }),
  rest({
    ...states.aRestaurant,
    name: 'restaurants are listed',
    ask: () => get('/restaurants?pageSize=1'),
    answer: (ids) => ok({ restaurants: [ajanta(ids)], startKey: null }),
  }),
  rest({
    ...states.aRestaurant,
    name: 'a restaurant is renamed',
    ask: ({ restaurant }) => put(`/restaurants/${restaurant}`, { name: 'Ajanta Palace', address: ajantasAddress, orderMinimum: '10.00' }),
    answer: (ids) => ok({ ...ajanta(ids), name: 'Ajanta Palace', orderMinimum: '10.00' }),
  }),
  rest({
    ...states.aRestaurant,
    name: 'a menu is revised',
    ask: ({ restaurant }) => put(`/restaurants/${restaurant}/menu`, menuOfNaan),
    answer: (ids) => ok({ ...ajanta(ids), menu: menuOfNaan }),
  }),
  rest({
    ...states.aRestaurant,
    name: 'an item is removed from the menu',
    ask: ({ restaurant }) => remove(`/restaurants/${restaurant}/menu/1`),
    answer: (ids) => ok({ ...ajanta(ids), menu: menuOfNaan }),
  }),
];

const orders = [
  rest({
    ...states.approvedOrder,
    name: 'an order is shown with all its parts',
    ask: ({ order }) => get(`/orders/${order}`),
    answer: ({ order, restaurant }) =>
      ok({
        orderInfo: { orderId: String(order), state: 'APPROVED' },
        ticketInfo: { id: order, state: 'ACCEPTED' },
        deliveryInfo: { id: order, state: 'SCHEDULED', assignedCourier: courier },
        authorizationInfo: { state: 'AUTHORIZED', amount: '61.70' },
        restaurantInfo: { restaurantId: restaurant, name: 'Ajanta' },
      }),
  }),
  rest({
    ...states.rejectedOrder,
    name: 'a rejected order has a reason',
    ask: ({ order }) => get(`/orders/${order}`),
    answer: ({ order }) =>
      ok({
        orderInfo: { orderId: String(order), state: 'REJECTED', rejection: { code: 'CONSUMER_NOT_FOUND', detail: anyText('because') } },
      }),
  }),
  rest({
    ...states.approvedOrder,
    name: 'an item that is not on the menu cannot be added',
    ask: ({ order }) => post(`/orders/${order}/revise`, { revisedOrderLineItems: [{ menuItemId: '99', quantity: 1 }] }),
    answer: () => problem(422, 'MENU_ITEM_NOT_OFFERED'),
  }),
];

const readyBy = '2099-11-21T19:00:00';
const ticketIn = (state: string, ids: { ticket: number; restaurant: number }) => ({
  id: ids.ticket,
  restaurantId: ids.restaurant,
  state,
  lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 }],
});
const accept = ({ ticket }: { ticket: number }) => post(`/tickets/${ticket}/accept`, { readyBy });
const tickets = [
  rest({
    ...states.acceptedTicket,
    name: 'a ticket is read',
    ask: ({ ticket }) => get(`/tickets/${ticket}`),
    answer: (ids) => ok({ ...ticketIn('ACCEPTED', ids), readyBy: anyLocalTime(readyBy) }),
  }),
  rest({
    ...states.noTicket,
    name: 'the ticket does not exist',
    ask: ({ ticket }) => get(`/tickets/${ticket}`),
    answer: () => problem(404, 'TICKET_NOT_FOUND'),
  }),
  rest({
    ...states.aTicket,
    name: 'the tickets of a restaurant are found',
    ask: ({ restaurant }) => get(`/tickets?restaurantId=${restaurant}&state=AWAITING_ACCEPTANCE`),
    answer: (ids) => ok({ tickets: [ticketIn('AWAITING_ACCEPTANCE', ids)], startKey: null }),
  }),
  rest({ ...states.aTicket, name: 'a ticket is accepted', ask: accept, answer: (ids) => ok(ticketIn('ACCEPTED', ids)) }),
  rest({
    ...states.acceptedTicket,
    name: 'an accepted ticket cannot be accepted again',
    ask: accept,
    answer: () => problem(409, 'ILLEGAL_TRANSITION'),
  }),
  rest({
    ...states.acceptedTicket,
    name: 'a ticket is being prepared',
    ask: ({ ticket }) => post(`/tickets/${ticket}/preparing`),
    answer: (ids) => ok(ticketIn('PREPARING', ids)),
  }),
  rest({
    ...states.preparingTicket,
    name: 'a ticket is ready',
    ask: ({ ticket }) => post(`/tickets/${ticket}/ready`),
    answer: (ids) => ok(ticketIn('READY_FOR_PICKUP', ids)),
  }),
  rest({
    ...states.readyTicket,
    name: 'a ticket is picked up',
    ask: ({ ticket }) => post(`/tickets/${ticket}/picked-up`),
    answer: (ids) => ok(ticketIn('PICKED_UP', ids)),
  }),
];

const deliveryIn = (state: string, ids: { delivery: number; courier: number }, ...actions: readonly string[]) => ({
  deliveryInfo: { id: ids.delivery, state },
  assignedCourier: ids.courier,
  courierActions: actions.map((type) => ({ type })),
});
const deliveries = [
  rest({
    ...states.pendingDelivery,
    name: 'a delivery waits for a courier',
    ask: ({ delivery }) => get(`/deliveries/${delivery}`),
    answer: ({ delivery }) => ok({ deliveryInfo: { id: delivery, state: 'PENDING' }, assignedCourier: null, courierActions: [] }),
  }),
  rest({
    ...states.scheduledDelivery,
    name: 'a delivery has a courier',
    ask: ({ delivery }) => get(`/deliveries/${delivery}`),
    answer: (ids) => ok(deliveryIn('SCHEDULED', ids, 'PICKUP', 'DROPOFF')),
  }),
  rest({
    ...states.noDelivery,
    name: 'the delivery does not exist',
    ask: ({ delivery }) => get(`/deliveries/${delivery}`),
    answer: () => problem(404, 'DELIVERY_NOT_FOUND'),
  }),
  rest({
    ...states.readyDelivery,
    name: 'a delivery is picked up',
    ask: ({ delivery }) => post(`/deliveries/${delivery}/pickup`),
    answer: (ids) => ok(deliveryIn('PICKED_UP', ids, 'DROPOFF')),
  }),
  rest({
    ...states.scheduledDelivery,
    name: 'an order whose food is not ready cannot be picked up',
    ask: ({ delivery }) => post(`/deliveries/${delivery}/pickup`),
    answer: () => problem(409, 'TICKET_NOT_READY'),
  }),
  rest({
    ...states.pickedUpDelivery,
    name: 'a delivery is dropped off',
    ask: ({ delivery }) => post(`/deliveries/${delivery}/dropoff`),
    answer: (ids) => ok(deliveryIn('DELIVERED', ids)),
  }),
  rest({
    ...states.aCourier,
    name: 'a courier is read',
    ask: (ids) => get(`/couriers/${ids.courier}`),
    answer: (ids) => ok({ courierId: ids.courier, available: true, plan: [] }),
  }),
  rest({
    ...states.noCourier,
    name: 'the courier does not exist',
    ask: (ids) => get(`/couriers/${ids.courier}`),
    answer: () => problem(404, 'COURIER_NOT_FOUND'),
  }),
  rest({
    ...states.aCourier,
    name: 'a courier becomes available',
    ask: (ids) => post(`/couriers/${ids.courier}/availability`, { available: true }),
    answer: (ids) => ok({ courierId: ids.courier, available: true }),
  }),
];

const services = [
  toKitchen({
    ...states.acceptedTicket,
    name: 'a ticket is read',
    ask: ({ ticket }) => get(`/tickets/${ticket}`),
    answer: ({ ticket }) =>
      ok({ id: ticket, state: 'ACCEPTED', lineItems: [{ menuItemId: '1', quantity: 5 }], readyBy: anyLocalTime(readyBy) }),
  }),
  toDeliveries({
    ...states.aCourier,
    name: 'a courier is read',
    ask: (ids) => get(`/couriers/${ids.courier}`),
    answer: (ids) => ok({ courierId: ids.courier, available: true, plan: [] }),
  }),
];

/** Requests to routes of the gateway, and of services, that the book's application did not have. */
export const requestsOfWebClient: readonly RestExample[] = [
  ...consumers,
  ...restaurants,
  ...orders,
  ...tickets,
  ...deliveries,
  ...services,
];
