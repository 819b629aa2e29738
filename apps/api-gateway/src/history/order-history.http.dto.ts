import type { OrderStatus, OrderViewDetails } from '@ftgo/contracts/orderhistory';
import { dateTime, dateTimeOutput, idParam, keywordsParam, moneyOutput, pageSizeParam } from '@ftgo/platform';
import { z } from 'zod';
import { startKey } from '../start-key.js';

const orderStatuses = [
  'APPROVAL_PENDING',
  'APPROVED',
  'REJECTED',
  'CANCEL_PENDING',
  'CANCELLED',
  'REVISION_PENDING',
] as const satisfies readonly OrderStatus[];

export const findOrdersQuery = z.object({
  consumerId: idParam(),
  status: z.enum(orderStatuses).optional(),
  keyword: keywordsParam(),
  since: dateTime().optional(),
  pageSize: pageSizeParam(),
  startKey: startKey(),
});

const orderViewResponse = z
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

export const orderViewsResponse = z
  .object({ orders: z.array(orderViewResponse), startKey: z.string().nullable() })
  .meta({ id: 'OrderViews' });

export const orderViewJson = (order: OrderViewDetails): z.output<typeof orderViewResponse> => ({
  orderId: String(order.orderId),
  status: order.status,
  restaurantId: order.restaurantId,
  restaurantName: order.restaurantName,
  orderTotal: moneyOutput(order.orderTotal),
  lineItems: order.lineItems.map((line) => ({ ...line, price: moneyOutput(line.price) })),
  deliveryStatus: order.deliveryStatus,
  transitions: order.transitions.map(({ event, at }) => ({ event, at: dateTimeOutput(at) })),
});
