import type { AuthorizationDetails } from '@ftgo/contracts/accounting';
import type { ConsumerDetails } from '@ftgo/contracts/consumer';
import type { DeliveryDetails } from '@ftgo/contracts/delivery';
import type { TicketDetails } from '@ftgo/contracts/kitchen';
import type { OrderDetails } from '@ftgo/contracts/order';
import type { RestaurantDetails } from '@ftgo/contracts/restaurant';
import { dateTimeOutput, moneyOutput } from '@ftgo/platform';
import { lastRefusalJson } from '@ftgo/rest/order';
import { restaurantJson } from '@ftgo/rest/restaurant';
import type { Loaders } from './loaders.js';

/** What every resolver of a request gets. */
export interface RequestContext {
  readonly loaders: Loaders;
  readonly traceId: string;
}

type Resolver<Node> = (args: unknown, context: RequestContext) => Promise<Node | undefined>;

/** A field that is read from another service; null if it does not exist (yet). */
const loaded =
  <Item, Node>(load: (loaders: Loaders) => Promise<Item | undefined>, nodeOf: (item: Item) => Node): Resolver<Node> =>
  async (_args, { loaders }) => {
    const item = await load(loaders);
    return item === undefined ? undefined : nodeOf(item);
  };

export const orderNode = (order: OrderDetails) => ({
  ...order,
  id: order.orderId,
  total: moneyOutput(order.orderTotal),
  lineItems: order.lineItems.map((line) => ({ ...line, price: moneyOutput(line.price) })),
  deliveryTime: dateTimeOutput(order.deliveryTime),
  lastRefusal: lastRefusalJson(order),
  consumer: loaded(({ consumer }) => consumer.load(order.consumerId), consumerNode),
  restaurant: loaded(({ restaurant }) => restaurant.load(order.restaurantId), restaurantNode),
  ticket: loaded(({ ticket }) => ticket.load(order.orderId), ticketNode),
  delivery: loaded(({ delivery }) => delivery.load(order.orderId), deliveryNode),
  authorization: loaded(({ authorization }) => authorization.load(order.orderId), authorizationNode),
});
export type OrderNode = ReturnType<typeof orderNode>;

export const consumerNode = ({ consumerId, name }: ConsumerDetails) => ({ id: consumerId, ...name });

export const restaurantNode = (restaurant: RestaurantDetails) => {
  const { menu, ...json } = restaurantJson(restaurant);
  return { ...json, version: restaurant.version, menu: menu.menuItems };
};

const ticketNode = ({ ticketId, state, readyBy }: TicketDetails) => ({ id: ticketId, state, readyBy: readyBy && dateTimeOutput(readyBy) });

const deliveryNode = ({ deliveryId, state, assignedCourierId }: DeliveryDetails) => ({
  id: deliveryId,
  state,
  courierId: assignedCourierId,
});

const authorizationNode = ({ state, amount }: AuthorizationDetails) => ({ state, amount: moneyOutput(amount) });
