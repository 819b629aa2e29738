import type { OrderDetails as Order } from '@ftgo/contracts/order';
import { dateTime, dateTimeOutput, idParam, moneyOutput, namesParam, newOrderFields, orderLines } from '@ftgo/platform';
import { z } from 'zod';
import { consumerResponse } from '../consumers/consumer.http.dto.js';
import { restaurantResponse } from '../restaurants/restaurant.http.dto.js';

export const createOrderRequest = z.object(newOrderFields(dateTime())).meta({ id: 'CreateOrderRequest' });

export const createOrderResponse = z.object({ orderId: z.int() }).meta({ id: 'CreateOrderResponse' });

/** The lines that change; quantity 0 removes one. */
export const reviseOrderRequest = z.object({ revisedOrderLineItems: orderLines(0) }).meta({ id: 'ReviseOrderRequest' });

export const orderIdParam = idParam();

const refusal = { code: z.string(), detail: z.string() };
const lastRefusal = z.object({ operation: z.string(), ...refusal, at: z.string() });

/** The order as order-service shows it. */
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
    rejection: z.object(refusal).optional(),
    lastRefusal: lastRefusal.optional(),
  })
  .meta({ id: 'Order' });

export const orderJson = (order: Order): z.output<typeof orderResponse> => ({
  ...order,
  orderTotal: moneyOutput(order.orderTotal),
  lineItems: order.lineItems.map((line) => ({ ...line, price: moneyOutput(line.price) })),
  deliveryTime: dateTimeOutput(order.deliveryTime),
  lastRefusal: lastRefusalJson(order),
});

export const lastRefusalJson = ({ lastRefusal: refused }: Order): z.output<typeof lastRefusal> | undefined =>
  refused && { ...refused, at: dateTimeOutput(refused.at) };

const expandable = ['consumer', 'restaurant'] as const;
/** What an order refers to, and can be had whole in the same answer. */
export type Expandable = (typeof expandable)[number];

export const orderDetailsQuery = z.object({
  expand: namesParam(...expandable).describe(`what to show whole, with commas between them: ${expandable.join(', ')}`),
});

export const orderDetailsResponse = z
  .object({
    orderInfo: z.object({
      orderId: z.string(),
      state: z.string(),
      rejection: z.object(refusal).optional().describe('why the order was rejected'),
      lastRefusal: lastRefusal.optional().describe('the last cancel or revision that another service refused'),
    }),
    ticketInfo: z.object({ id: z.int(), state: z.string(), readyBy: z.string().optional() }).optional(),
    deliveryInfo: z.object({ id: z.int(), state: z.string(), assignedCourier: z.int().nullable() }).optional(),
    authorizationInfo: z.object({ state: z.string(), amount: z.string() }).optional().describe('what is held on the account'),
    restaurantInfo: z.object({ restaurantId: z.int(), name: z.string() }).optional(),
    consumer: consumerResponse.optional().describe('with expand=consumer'),
    restaurant: restaurantResponse.optional().describe('with expand=restaurant'),
    unavailable: z.array(z.string()).optional().describe('the parts that are left out because their service did not answer'),
  })
  .meta({ id: 'OrderDetails' });
export type OrderDetails = z.output<typeof orderDetailsResponse>;
