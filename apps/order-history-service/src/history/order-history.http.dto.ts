import { consumerId, orderId } from '@ftgo/ftgo';
import { dateTime, dateTimeOutput, idParam, keywordsParam, moneyOutput, pageSizeParam } from '@ftgo/platform';
import { z } from 'zod';
import type { HistoryOrder } from './order-history.queries.js';
import { orderStatuses } from './order-view.js';
import { pageCursor } from './page-cursor.js';

export const orderIdParam = idParam().transform(orderId);

export const findOrdersQuery = z.object({
  consumerId: idParam().transform(consumerId),
  status: z.enum(orderStatuses).optional(),
  keyword: keywordsParam(),
  since: dateTime().optional(),
  pageSize: pageSizeParam(),
  startKey: pageCursor().optional(),
});

export const orderResponse = z
  .object({
    orderId: z.string(),
    status: z.string(),
    restaurantId: z.int(),
    restaurantName: z.string(),
    orderTotal: z.string(),
    lineItems: z.array(z.object({ menuItemId: z.string(), name: z.string(), price: z.string(), quantity: z.int() })),
    deliveryStatus: z.string(),
    transitions: z.array(z.object({ event: z.string(), at: z.string() })),
  })
  .meta({ id: 'OrderView' });

export const ordersResponse = z.object({ orders: z.array(orderResponse), startKey: z.string().nullable() }).meta({ id: 'OrderViews' });

export const orderJson = (order: HistoryOrder): z.output<typeof orderResponse> => ({
  orderId: String(order.orderId),
  status: order.status,
  restaurantId: order.restaurantId,
  restaurantName: order.restaurantName,
  orderTotal: moneyOutput(order.orderTotal),
  lineItems: order.lineItems.map((line) => ({ ...line, price: moneyOutput(line.price) })),
  deliveryStatus: order.deliveryStatus,
  transitions: order.transitions.map(({ event, at }) => ({ event, at: dateTimeOutput(at) })),
});
