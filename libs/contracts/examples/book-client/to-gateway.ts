import { get, ok, post, problem, type RestExample, restBetween } from '../example.js';
import { anyNumber } from '../json.js';
import { ada, newOrder } from '../samples.js';
import * as states from '../states.js';
import { cancel, found, noneFound, orderIn, shown } from './orders.js';

const toGateway = restBetween('book-client', 'api-gateway');

/** What the client of the book's application relies on at the gateway. */
export const bookClientToGateway: readonly RestExample[] = [
  toGateway({
    ...states.nothing,
    name: 'a consumer is created',
    ask: () => post('/consumers', { name: ada }),
    answer: () => ok({ consumerId: anyNumber(7) }),
  }),
  toGateway({
    ...states.aRestaurant,
    ids: { ...states.aRestaurant.ids, consumer: 7 },
    name: 'an order is placed',
    ask: (ids) => post('/orders', newOrder(ids)),
    answer: () => ok({ orderId: anyNumber(17) }),
  }),
  toGateway({
    ...states.noRestaurant,
    ids: { ...states.noRestaurant.ids, consumer: 7 },
    name: 'nothing can be ordered from an unknown restaurant',
    ask: (ids) => post('/orders', newOrder(ids)),
    answer: () => problem(422, 'RESTAURANT_NOT_KNOWN'),
  }),
  toGateway({
    ...states.approvedOrder,
    name: 'an order is shown, with its id as a string',
    ask: ({ order }) => get(`/orders/${order}`),
    answer: ({ order }) => ok({ orderInfo: { orderId: String(order), state: 'APPROVED' } }),
  }),
  toGateway({
    ...states.noOrder,
    name: 'the order does not exist',
    ask: ({ order }) => get(`/orders/${order}`),
    answer: () => problem(404, 'ORDER_NOT_FOUND'),
  }),
  toGateway({
    ...states.approvedOrder,
    name: 'an order is being cancelled',
    ask: cancel,
    answer: ({ order }) => ok(orderIn('CANCEL_PENDING', order)),
  }),
  toGateway({
    ...states.rejectedOrder,
    name: 'a rejected order cannot be cancelled',
    ask: cancel,
    answer: () => problem(409, 'ILLEGAL_TRANSITION'),
  }),
  toGateway({
    ...states.approvedOrder,
    name: 'an order is being revised',
    ask: ({ order }) => post(`/orders/${order}/revise`, { revisedOrderLineItems: [{ menuItemId: '2', quantity: 1 }] }),
    answer: ({ order }) => ok(orderIn('REVISION_PENDING', order)),
  }),
  toGateway({ ...found, answer: (ids) => ok({ orders: [shown(ids)], startKey: null }) }),
  toGateway(noneFound),
];
