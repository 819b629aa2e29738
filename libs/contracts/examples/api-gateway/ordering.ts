import type { GrpcExample } from '../example.js';
import { anyNumberText, anyText } from '../json.js';
import { ada, adasAddress, ajantasAddress, deliveryTime, fiveVindaloos, menuMessage, orderLine, usd } from '../samples.js';
import * as states from '../states.js';
import { accounting, at, consumers, history, notFound, orders, rejected, restaurants } from './services.js';

interface OrderIds {
  readonly order: number;
  readonly consumer: number;
  readonly restaurant: number;
}
const orderRequest = ({ order }: { order: number }) => ({ orderId: String(order) });
const theOrder = (ids: OrderIds, state: string) => ({
  order: {
    orderId: String(ids.order),
    state: `ORDER_STATE_${state}`,
    orderTotal: usd(6170),
    consumerId: String(ids.consumer),
    restaurantId: String(ids.restaurant),
    lineItems: [orderLine],
    deliveryAddress: adasAddress,
    deliveryTime,
    version: anyNumberText(2),
  },
});
const newOrder = (ids: { consumer: number; restaurant: number }) => ({
  restaurantId: String(ids.restaurant),
  consumerId: String(ids.consumer),
  lineItems: [fiveVindaloos],
  deliveryAddress: adasAddress,
  deliveryTime,
});

const toOrders = [
  orders.grpc('CreateOrder', {
    ...states.aRestaurant,
    ids: { ...states.aRestaurant.ids, consumer: 7 },
    name: 'an order is placed',
    request: newOrder,
    outcome: { answer: () => ({ orderId: anyNumberText(17) }) },
  }),
  orders.grpc('CreateOrder', {
    ...states.noRestaurant,
    ids: { ...states.noRestaurant.ids, consumer: 7 },
    name: 'nothing can be ordered from an unknown restaurant',
    request: newOrder,
    ...rejected('rule-broken', 'RESTAURANT_NOT_KNOWN'),
  }),
  orders.grpc('GetOrder', {
    ...states.approvedOrder,
    name: 'an order is read',
    request: orderRequest,
    outcome: { answer: (ids) => theOrder(ids, 'APPROVED') },
  }),
  orders.grpc('GetOrder', {
    ...states.rejectedOrder,
    name: 'a rejected order has a reason',
    request: orderRequest,
    outcome: {
      answer: (ids) => ({
        order: {
          ...theOrder(ids, 'REJECTED').order,
          rejection: { code: 'CONSUMER_NOT_FOUND', detail: anyText('consumer not found') },
        },
      }),
    },
  }),
  orders.grpc('GetOrder', { ...states.noOrder, request: orderRequest, ...notFound('ORDER') }),
  ...[states.scheduledDelivery, states.readyDelivery].map(({ ids: { delivery: order } }) =>
    orders.grpc('BatchGetOrders', {
      ...states.approvedOrder,
      ids: { ...states.approvedOrder.ids, order },
      name: `the address of the drop-off ${order} is read`,
      request: (ids) => ({ orderIds: [String(ids.order)] }),
      outcome: { answer: (ids) => ({ orders: [theOrder(ids, 'APPROVED').order] }) },
    }),
  ),
  orders.grpc('CancelOrder', {
    ...states.approvedOrder,
    name: 'an approved order is being cancelled',
    request: orderRequest,
    outcome: { answer: (ids) => theOrder(ids, 'CANCEL_PENDING') },
  }),
  orders.grpc('CancelOrder', {
    ...states.rejectedOrder,
    name: 'a rejected order cannot be cancelled',
    request: orderRequest,
    ...rejected('conflict', 'ILLEGAL_TRANSITION'),
  }),
  orders.grpc('ReviseOrder', {
    ...states.approvedOrder,
    name: 'an approved order is being revised',
    request: (ids) => ({ ...orderRequest(ids), revisedLineItems: [{ menuItemId: '2', quantity: 1 }] }),
    outcome: { answer: (ids) => theOrder(ids, 'REVISION_PENDING') },
  }),
  orders.grpc('ReviseOrder', {
    ...states.approvedOrder,
    name: 'an item that is not on the menu cannot be added',
    request: (ids) => ({ ...orderRequest(ids), revisedLineItems: [{ menuItemId: '99', quantity: 1 }] }),
    ...rejected('rule-broken', 'MENU_ITEM_NOT_OFFERED'),
  }),
];

const consumerRequest = ({ consumer }: { consumer: number }) => ({ consumerId: String(consumer) });
const toConsumers = [
  consumers.grpc('CreateConsumer', {
    ...states.nothing,
    name: 'a consumer is created',
    request: () => ({ name: ada }),
    outcome: { answer: () => ({ consumerId: anyNumberText(7) }) },
  }),
  consumers.grpc('GetConsumer', {
    ...states.aConsumer,
    name: 'a consumer is read',
    request: consumerRequest,
    outcome: { answer: (ids) => ({ consumer: { ...consumerRequest(ids), name: ada } }) },
  }),
  consumers.grpc('GetConsumer', { ...states.noConsumer, request: consumerRequest, ...notFound('CONSUMER') }),
];

const restaurantRequest = ({ restaurant }: { restaurant: number }) => ({ restaurantId: String(restaurant) });
const theRestaurant = (ids: { restaurant: number }) => ({
  ...restaurantRequest(ids),
  name: 'Ajanta',
  address: ajantasAddress,
  menu: menuMessage,
});
const menuOfNaan = { menuItems: [{ id: '2', name: 'Naan', price: usd(250) }] };
const toRestaurants = [
  restaurants.grpc('CreateRestaurant', {
    ...states.nothing,
    name: 'a restaurant is created',
    request: () => ({ name: 'Ajanta', address: ajantasAddress, menu: menuMessage }),
    outcome: { answer: () => ({ restaurantId: anyNumberText(3) }) },
  }),
  restaurants.grpc('GetRestaurant', {
    ...states.aRestaurant,
    name: 'a restaurant is read',
    request: restaurantRequest,
    outcome: { answer: (ids) => ({ restaurant: theRestaurant(ids) }) },
  }),
  restaurants.grpc('GetRestaurant', { ...states.noRestaurant, request: restaurantRequest, ...notFound('RESTAURANT') }),
  restaurants.grpc('ListRestaurants', {
    given: 'the restaurant Ajanta and no other',
    ids: { restaurant: 3 },
    name: 'restaurants are listed',
    request: () => ({ pageSize: 1 }),
    outcome: { answer: (ids) => ({ restaurants: [theRestaurant(ids)] }) },
  }),
  restaurants.grpc('UpdateRestaurant', {
    ...states.aRestaurant,
    name: 'a restaurant is renamed',
    request: (ids) => ({ ...restaurantRequest(ids), name: 'Ajanta Palace', address: ajantasAddress, orderMinimum: usd(1000) }),
    outcome: { answer: (ids) => ({ restaurant: { ...theRestaurant(ids), name: 'Ajanta Palace', orderMinimum: usd(1000) } }) },
  }),
  restaurants.grpc('ReviseMenu', {
    ...states.aRestaurant,
    name: 'a menu is revised',
    request: (ids) => ({ ...restaurantRequest(ids), menu: menuOfNaan }),
    outcome: { answer: (ids) => ({ restaurant: { ...theRestaurant(ids), menu: menuOfNaan } }) },
  }),
  restaurants.grpc('RemoveMenuItem', {
    ...states.aRestaurant,
    name: 'an item is removed from the menu',
    request: (ids) => ({ ...restaurantRequest(ids), menuItemId: '1' }),
    outcome: { answer: (ids) => ({ restaurant: { ...theRestaurant(ids), menu: menuOfNaan } }) },
  }),
];

const toAccounting = [
  accounting.grpc('BatchGetAuthorizations', {
    ...states.anAuthorization,
    name: 'the authorisation of an order is read',
    request: (ids) => ({ orderIds: [String(ids.order)] }),
    outcome: {
      answer: (ids) => ({
        authorizations: [
          {
            authorizationId: anyNumberText(5),
            orderId: String(ids.order),
            accountId: String(ids.consumer),
            state: 'AUTHORIZATION_STATE_AUTHORIZED',
            amount: usd(6170),
          },
        ],
      }),
    },
  }),
  accounting.grpc('BatchGetAuthorizations', {
    ...states.nothing,
    ids: { order: 18 },
    name: 'an order may have no authorisation',
    request: (ids) => ({ orderIds: [String(ids.order)] }),
    outcome: { answer: () => ({}) },
  }),
];

const toHistory = [
  history.grpc('FindOrders', {
    ...states.aHistory,
    name: 'the orders of a consumer are found',
    request: (ids) => ({ consumerId: String(ids.consumer), pageSize: 100 }),
    outcome: {
      answer: (ids) => ({
        orders: [
          {
            orderId: String(ids.order),
            consumerId: String(ids.consumer),
            restaurantId: String(ids.restaurant),
            restaurantName: 'Ajanta',
            status: 'ORDER_STATUS_APPROVED',
            orderTotal: usd(6170),
            lineItems: [orderLine],
            deliveryStatus: 'DELIVERY_STATUS_PENDING',
            transitions: [
              { event: 'OrderCreated', at },
              { event: 'OrderAuthorized', at },
            ],
          },
        ],
      }),
    },
  }),
  history.grpc('FindOrders', {
    ...states.noHistory,
    name: 'a consumer may have no orders',
    request: (ids) => ({ consumerId: String(ids.consumer), pageSize: 100 }),
    outcome: { answer: () => ({}) },
  }),
];

/** What is needed to order and to follow the order. */
export const callsToOrder: readonly GrpcExample[] = [...toOrders, ...toConsumers, ...toRestaurants, ...toAccounting, ...toHistory];
