import { dateTime, idParam, keywordsParam, newOrderFields, orderLines, startKeyParam, valid } from '@ftgo/platform';
import { orderStatuses } from '@ftgo/rest/orderhistory';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { OrderHistoryServiceProxy } from '../history/order-history-service.proxy.js';
import { ServicesOfOrders } from '../orders/services-of-orders.js';
import { startingAt } from '../start-key.js';
import { OrderTracking } from '../tracking/order-tracking.js';
import { consumerNode, type OrderNode, orderNode, type RequestContext, restaurantNode } from './nodes.js';
import { trackedEntries } from './tracked-entries.js';

const mostAtOnce = 100;

const byIdArgs = z.object({ id: idParam() });
const page = { first: z.int().min(1).max(mostAtOnce), after: startKeyParam().nullish() };
const ordersArgs = z.object({
  consumerId: idParam(),
  status: z.enum(orderStatuses).nullish(),
  keywords: keywordsParam(),
  ...page,
});
const restaurantsArgs = z.object(page);
const { lineItems: lines, ...placed } = newOrderFields(dateTime());
const placeOrderArgs = z.object({ order: z.object({ ...placed, consumerId: idParam(), restaurantId: idParam(), lines }) });
const expectedVersion = z.int().min(1).nullish();
const cancelArgs = z.object({ id: idParam(), expectedVersion });
const reviseArgs = z.object({ id: idParam(), lines: orderLines(0), expectedVersion });
const trackedArgs = z.object({ orderId: idParam(), after: z.int().min(0) });

/** The fields of Query, Mutation and Subscription: the same calls as for REST. */
@Injectable()
export class Root {
  constructor(
    private readonly services: ServicesOfOrders,
    private readonly history: OrderHistoryServiceProxy,
    private readonly tracking: OrderTracking,
  ) {}

  async order(args: unknown, { loaders }: RequestContext): Promise<OrderNode | undefined> {
    const { id } = await valid(byIdArgs, args);
    const order = await loaders.order.load(id);
    return order && orderNode(order);
  }

  async orders(args: unknown, { loaders }: RequestContext) {
    const { first, after, status, ...filter } = await valid(ordersArgs, args);
    const asked = { ...filter, status: status ?? undefined, pageSize: first, pageToken: after ?? '' };
    const { orders, nextPageToken } = await startingAt(this.history.findOrders(asked), 'after');
    const found = await Promise.all(orders.map(({ orderId }) => loaders.order.load(orderId)));
    return { orders: found.flatMap((order) => (order ? [orderNode(order)] : [])), next: nextPageToken || null };
  }

  async consumer(args: unknown, { loaders }: RequestContext) {
    const { id } = await valid(byIdArgs, args);
    const consumer = await loaders.consumer.load(id);
    return consumer && consumerNode(consumer);
  }

  async restaurant(args: unknown, { loaders }: RequestContext) {
    const { id } = await valid(byIdArgs, args);
    const restaurant = await loaders.restaurant.load(id);
    return restaurant && restaurantNode(restaurant);
  }

  async restaurants(args: unknown) {
    const { first, after } = await valid(restaurantsArgs, args);
    const asked = this.services.restaurants.listRestaurants({ pageSize: first, pageToken: after ?? '' });
    const { restaurants, nextPageToken } = await startingAt(asked, 'after');
    return { restaurants: restaurants.map(restaurantNode), next: nextPageToken || null };
  }

  async placeOrder(args: unknown): Promise<OrderNode> {
    const { order } = await valid(placeOrderArgs, args);
    const { lines: lineItems, ...details } = order;
    const { orderId } = await this.services.orders.createOrder({ ...details, lineItems });
    return orderNode((await this.services.orders.getOrder({ orderId })).order);
  }

  async cancelOrder(args: unknown): Promise<OrderNode> {
    const { id: orderId, expectedVersion: version } = await valid(cancelArgs, args);
    return orderNode((await this.services.orders.cancelOrder({ orderId, expected: expected(version) })).order);
  }

  async reviseOrder(args: unknown): Promise<OrderNode> {
    const { id: orderId, lines: revisedLineItems, expectedVersion: version } = await valid(reviseArgs, args);
    return orderNode((await this.services.orders.reviseOrder({ orderId, revisedLineItems, expected: expected(version) })).order);
  }

  async orderTracked(args: unknown) {
    const { orderId, after } = await valid(trackedArgs, args);
    return trackedEntries(this.tracking, orderId, after);
  }
}

const expected = (version: number | null | undefined) => (version ? { versions: [version] } : undefined);
