import { type OrderDetails, OrderMessage } from '@ftgo/contracts/order';
import { consumerId, orderId, restaurantId } from '@ftgo/ftgo';
import {
  dateTime,
  dateTimeOutput,
  etagOf,
  idParam,
  moneyOutput,
  newOrderFields as newOrderAsGiven,
  orderLines,
  protobufForm,
  type Representation,
  Tagged,
} from '@ftgo/platform';
import { z } from 'zod';
import { addressExample, addressResponse, orderLineExample, orderLineResponse } from './representations.js';

/** The fields of a new order; the time is text over HTTP and a Date over gRPC. */
export function newOrderFields(time: z.ZodType<Date>) {
  const fields = newOrderAsGiven(time);
  return { ...fields, consumerId: fields.consumerId.transform(consumerId), restaurantId: fields.restaurantId.transform(restaurantId) };
}

const placed = { consumerId: 1, restaurantId: 1, deliveryTime: '2030-01-01T19:00:00', deliveryAddress: addressExample };

export const createOrderRequest = z
  .object(newOrderFields(dateTime()))
  .meta({ id: 'CreateOrderRequest', example: { ...placed, lineItems: [{ menuItemId: '1', quantity: 5 }] } });

/** The changed lines; quantity 0 removes a line. */
export const lineRevisions = () => orderLines(0);

export const reviseOrderRequest = z
  .object({ revisedOrderLineItems: lineRevisions() })
  .meta({ id: 'ReviseOrderRequest', example: { revisedOrderLineItems: [{ menuItemId: '1', quantity: 10 }] } });

export const orderIdParam = idParam().transform(orderId);

/** Why another service rejected the order or a change of it. */
export const rejectionResponse = z.object({ code: z.string(), detail: z.string() });

export const lastRefusalResponse = z.object({ operation: z.string(), code: z.string(), detail: z.string(), at: z.string() });

export const orderResponse = z
  .object({
    orderId: z.int(),
    state: z.string(),
    orderTotal: z.string(),
    consumerId: z.int(),
    restaurantId: z.int(),
    lineItems: z.array(orderLineResponse),
    deliveryAddress: addressResponse,
    deliveryTime: z.string(),
    version: z.int(),
    rejection: rejectionResponse.optional(),
    lastRefusal: lastRefusalResponse.optional(),
  })
  .meta({
    id: 'Order',
    example: {
      ...placed,
      orderId: 1,
      state: 'APPROVED',
      orderTotal: '61.70',
      lineItems: [orderLineExample],
      deliveryTime: '2030-01-01T19:00:00.000',
      version: 2,
    },
  });
export type OrderResponse = z.output<typeof orderResponse>;

/** Only the id or, for a client that waited for the result, the whole order. */
export const createOrderResponse = orderResponse
  .partial()
  .required({ orderId: true })
  .meta({ id: 'CreateOrderResponse', example: { orderId: 1 } });

/** An order in one of these states changes without another request. */
const pending: ReadonlySet<string> = new Set(['APPROVAL_PENDING', 'CANCEL_PENDING', 'REVISION_PENDING']);

export const isSettled = ({ state }: { readonly state: string }): boolean => !pending.has(state);

/** The order's version covers all of it. */
export const taggedOrder = (order: OrderDetails): Tagged<OrderDetails> => new Tagged(etagOf(order.version), order);

export const orderJson = (order: OrderDetails): OrderResponse => ({
  ...order,
  orderTotal: moneyOutput(order.orderTotal),
  lineItems: order.lineItems.map(({ menuItemId, name, price, quantity }) => ({ menuItemId, name, price: moneyOutput(price), quantity })),
  deliveryTime: dateTimeOutput(order.deliveryTime),
  lastRefusal: lastRefusalJson(order),
});

export const orderForms: Readonly<Record<string, Representation<OrderDetails>>> = {
  'application/json': { schema: orderResponse, write: orderJson },
  ...protobufForm(OrderMessage),
};

export const lastRefusalJson = ({ lastRefusal }: OrderDetails): OrderResponse['lastRefusal'] =>
  lastRefusal && { ...lastRefusal, at: dateTimeOutput(lastRefusal.at) };
