import { address, dateTime, id, idParam, nonEmptyText, quantity } from '@ftgo/platform';
import { z } from 'zod';
import { namedOnce } from '../named-once.js';

const maxLines = 100;

export const createOrderRequest = z
  .object({
    consumerId: id(),
    restaurantId: id(),
    deliveryTime: dateTime(),
    deliveryAddress: address(),
    lineItems: z
      .array(z.object({ menuItemId: nonEmptyText(), quantity: quantity() }))
      .min(1, 'must have at least one line')
      .max(maxLines, `must not have more than ${maxLines} lines`)
      .superRefine(namedOnce('menuItemId', 'is named in another line already')),
  })
  .meta({ id: 'CreateOrderRequest' });

export const createOrderResponse = z.object({ orderId: z.int() }).meta({ id: 'CreateOrderResponse' });

export const orderIdParam = idParam();

export const orderDetailsResponse = z
  .object({
    orderInfo: z.object({
      orderId: z.string(),
      state: z.string(),
      rejection: z.object({ code: z.string(), detail: z.string() }).optional().describe('why the order was rejected'),
    }),
    ticketInfo: z.object({ id: z.int(), state: z.string(), readyBy: z.string().optional() }).optional(),
    restaurantInfo: z.object({ restaurantId: z.int(), name: z.string() }).optional(),
    unavailable: z.array(z.string()).optional().describe('the parts that are left out because their service did not answer'),
  })
  .meta({ id: 'OrderDetails' });
export type OrderDetails = z.output<typeof orderDetailsResponse>;
