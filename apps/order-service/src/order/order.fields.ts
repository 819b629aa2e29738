import { consumerId, restaurantId } from '@ftgo/kernel';
import { address, id, nonEmptyText, quantity } from '@ftgo/platform';
import { z } from 'zod';
import { maxLines } from './order-line-items.js';

const linesOf = (smallestQuantity: 0 | 1) =>
  z
    .array(z.object({ menuItemId: nonEmptyText(), quantity: quantity(smallestQuantity) }))
    .min(1, 'must have at least one line')
    .max(maxLines, `must not have more than ${maxLines} lines`)
    .superRefine((lines, context) => {
      const seen = new Set<string>();
      for (const [i, { menuItemId }] of lines.entries()) {
        if (seen.has(menuItemId))
          context.addIssue({ code: 'custom', path: [i, 'menuItemId'], message: 'is named in another line already' });
        seen.add(menuItemId);
      }
    });

/** What a new order says; its time comes as text over HTTP and as a Date over gRPC. */
export const newOrderFields = (time: z.ZodType<Date>) => ({
  consumerId: id().transform(consumerId),
  restaurantId: id().transform(restaurantId),
  deliveryTime: time,
  deliveryAddress: address(),
  lineItems: linesOf(1),
});

/** What a revision says: the lines that change; quantity 0 removes one. */
export const revisionFields = { revisedOrderLineItems: linesOf(0) };
