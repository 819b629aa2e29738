import { consumerId, orderId, restaurantId } from '@ftgo/kernel';
import { address, dateTime, dateTimeOutput, id, idParam, moneyOutput, nonEmptyText, quantity } from '@ftgo/platform';
import { z } from 'zod';
import type { OrderView } from './order.queries.js';
import { maxLines } from './order-line-items.js';

const requestedLine = z.object({ menuItemId: nonEmptyText(), quantity: quantity() });

const requestedLines = z
  .array(requestedLine)
  .min(1, 'must have at least one line')
  .max(maxLines, `must not have more than ${maxLines} lines`)
  .superRefine((lines, context) => {
    const seen = new Set<string>();
    for (const [i, { menuItemId }] of lines.entries()) {
      if (seen.has(menuItemId)) context.addIssue({ code: 'custom', path: [i, 'menuItemId'], message: 'is named in another line already' });
      seen.add(menuItemId);
    }
  });

export const createOrderRequest = z
  .object({
    consumerId: id().transform(consumerId),
    restaurantId: id().transform(restaurantId),
    deliveryTime: dateTime(),
    deliveryAddress: address(),
    lineItems: requestedLines,
  })
  .meta({ id: 'CreateOrderRequest' });

export const createOrderResponse = z.object({ orderId: z.int() }).meta({ id: 'CreateOrderResponse' });

export const orderIdParam = idParam().transform(orderId);

export const orderResponse = z
  .object({
    orderId: z.int(),
    state: z.string(),
    orderTotal: z.string(),
    consumerId: z.int(),
    restaurantId: z.int(),
    lineItems: z.array(z.object({ menuItemId: z.string(), name: z.string(), price: z.string(), quantity: z.int() })),
    deliveryAddress: z.object({
      street1: z.string(),
      street2: z.string().optional(),
      city: z.string(),
      state: z.string(),
      zip: z.string(),
    }),
    deliveryTime: z.string(),
    version: z.int(),
    rejection: z.object({ code: z.string(), detail: z.string() }).optional(),
    lastRefusal: z.object({ operation: z.string(), code: z.string(), detail: z.string(), at: z.string() }).optional(),
  })
  .meta({ id: 'Order' });

export function orderJson(order: OrderView): z.output<typeof orderResponse> {
  return {
    ...order,
    orderTotal: moneyOutput(order.orderTotal),
    lineItems: order.lineItems.map((line) => ({ ...line, price: moneyOutput(line.price) })),
    deliveryTime: dateTimeOutput(order.deliveryTime),
    lastRefusal: order.lastRefusal && { ...order.lastRefusal, at: dateTimeOutput(order.lastRefusal.at) },
  };
}
