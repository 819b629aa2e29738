import { consumerId, restaurantId } from '@ftgo/ftgo';
import { newOrderFields as newOrderAsGiven, orderLines } from '@ftgo/platform';
import type { z } from 'zod';

/** What a new order says; its time comes as text over HTTP and as a Date over gRPC. */
export function newOrderFields(time: z.ZodType<Date>) {
  const fields = newOrderAsGiven(time);
  return { ...fields, consumerId: fields.consumerId.transform(consumerId), restaurantId: fields.restaurantId.transform(restaurantId) };
}

/** What a revision says: the lines that change; quantity 0 removes one. */
export const revisionFields = { revisedOrderLineItems: orderLines(0) };
