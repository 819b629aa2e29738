import type { OrderStatus, OrderViewDetails } from '@ftgo/contracts/orderhistory';
import { consumerId, orderId } from '@ftgo/ftgo';
import { dateTime, dateTimeOutput, idParam, keywordsParam, moneyOutput, pageSizeParam } from '@ftgo/platform';
import { z } from 'zod';
import { orderLineExample, orderLineResponse } from './representations.js';

export const orderStatuses = [
  'APPROVAL_PENDING',
  'APPROVED',
  'REJECTED',
  'CANCEL_PENDING',
  'CANCELLED',
  'REVISION_PENDING',
] as const satisfies readonly OrderStatus[];

export const orderViewIdParam = idParam().transform(orderId);

/** Filters of a list of orders. `startKey` is added by the service that can decode it. */
export const findOrdersFields = {
  consumerId: idParam().transform(consumerId),
  status: z.enum(orderStatuses).optional(),
  keyword: keywordsParam(),
  since: dateTime().optional(),
  pageSize: pageSizeParam(),
};

const orderViewExample = {
  orderId: '1',
  status: 'APPROVED',
  restaurantId: 1,
  restaurantName: 'Ajanta',
  orderTotal: '61.70',
  lineItems: [orderLineExample],
  deliveryStatus: 'SCHEDULED',
  transitions: [
    { event: 'OrderCreated', at: '2030-01-01T18:00:00.000' },
    { event: 'OrderAuthorized', at: '2030-01-01T18:00:00.075' },
  ],
};

export const orderViewResponse = z
  .object({
    orderId: z.string(),
    status: z.string(),
    restaurantId: z.int(),
    restaurantName: z.string(),
    orderTotal: z.string(),
    lineItems: z.array(orderLineResponse),
    deliveryStatus: z.string(),
    transitions: z.array(z.object({ event: z.string(), at: z.string() })),
  })
  .meta({ id: 'OrderView', example: orderViewExample });

export const orderViewsResponse = z
  .object({ orders: z.array(orderViewResponse), startKey: z.string().nullable() })
  .meta({ id: 'OrderViews', example: { orders: [orderViewExample], startKey: null } });

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
