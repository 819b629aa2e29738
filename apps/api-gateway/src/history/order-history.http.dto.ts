import type { OrderStatus, OrderViewDetails } from '@ftgo/contracts/orderhistory';
import { dateTime, dateTimeOutput, idParam, moneyOutput, nonEmptyText } from '@ftgo/platform';
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

const maxPageSize = 100;
const maxKeywords = 10;

/** One, several, or none. */
const keywords = () =>
  z
    .union([z.array(nonEmptyText()).max(maxKeywords, `must not be more than ${maxKeywords}`), nonEmptyText().transform((one) => [one])])
    .default([]);

export const findOrdersQuery = z.object({
  consumerId: idParam(),
  status: z.enum(orderStatuses).optional(),
  keyword: keywords(),
  since: dateTime().optional(),
  pageSize: z.coerce.number('must be a whole number').int().min(1).max(maxPageSize).default(maxPageSize),
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
