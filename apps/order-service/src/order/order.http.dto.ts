import { orderId } from '@ftgo/ftgo';
import { dateTime, dateTimeOutput, idParam, moneyOutput } from '@ftgo/platform';
import { z } from 'zod';
import { newOrderFields, revisionFields } from './order.fields.js';
import type { OrderView } from './order.queries.js';

export const createOrderRequest = z.object(newOrderFields(dateTime())).meta({ id: 'CreateOrderRequest' });

export const createOrderResponse = z.object({ orderId: z.int() }).meta({ id: 'CreateOrderResponse' });

export const reviseOrderRequest = z.object(revisionFields).meta({ id: 'ReviseOrderRequest' });

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
    lineItems: order.lineItems.map(({ menuItemId, name, price, quantity }) => ({ menuItemId, name, price: moneyOutput(price), quantity })),
    deliveryTime: dateTimeOutput(order.deliveryTime),
    lastRefusal: order.lastRefusal && { ...order.lastRefusal, at: dateTimeOutput(order.lastRefusal.at) },
  };
}
