import { get, ok, post } from '../example.js';
import * as states from '../states.js';

/** What the client sends and reads in the same way through the services and through the gateway. */
export const cancel = ({ order }: { order: number }) => post(`/orders/${order}/cancel`);
export const revise = ({ order }: { order: number }) =>
  post(`/orders/${order}/revise`, { revisedOrderLineItems: [{ menuItemId: '1', quantity: 10 }] });
export const orderIn = (state: string, order: number) => ({ orderId: order, state, orderTotal: '61.70' });

export const findOrders = ({ consumer }: { consumer: number }) => get(`/orders?consumerId=${consumer}`);
export const shown = (ids: { order: number; restaurant: number }) => ({
  orderId: String(ids.order),
  status: 'APPROVED',
  restaurantId: ids.restaurant,
  restaurantName: 'Ajanta',
});
export const found = { ...states.aHistory, name: 'the orders of a consumer are found', ask: findOrders };
export const noneFound = {
  ...states.noHistory,
  name: 'a consumer may have no orders',
  ask: findOrders,
  answer: () => ok({ orders: [], startKey: null }),
};
