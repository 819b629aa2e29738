import { DeliveryMessage } from '@ftgo/contracts/delivery';
import { deliveryId } from '@ftgo/ftgo';
import { dateTimeOutput, idParam, protobufForm, type Representation } from '@ftgo/platform';
import { deliveryExample } from '@ftgo/rest/delivery';
import { z } from 'zod';
import { addressResponse, courierActionJson } from '../courier/courier.http.dto.js';
import type { DeliveryView } from './delivery.queries.js';

export const deliveryIdParam = idParam().transform(deliveryId);

/**
 * The shape of the book's application, whose clients read deliveryInfo.id and state, assignedCourier, and the types of
 * the actions.
 */
export const deliveryResponse = z
  .object({
    deliveryInfo: z.object({
      id: z.int(),
      state: z.string(),
      scheduledAt: z.string().optional(),
      pickedUpAt: z.string().optional(),
      deliveredAt: z.string().optional(),
      cancelledAt: z.string().optional(),
    }),
    assignedCourier: z.int().nullable(),
    courierActions: z
      .array(z.object({ type: z.enum(['PICKUP', 'DROPOFF']), address: addressResponse, time: z.string().optional() }))
      .describe('open actions of the courier for this delivery'),
  })
  .meta({ id: 'Delivery', example: deliveryExample });

export function deliveryJson(delivery: DeliveryView): z.output<typeof deliveryResponse> {
  return {
    deliveryInfo: {
      id: delivery.deliveryId,
      state: delivery.state,
      scheduledAt: timeOf(delivery.scheduledAt),
      pickedUpAt: timeOf(delivery.pickedUpAt),
      deliveredAt: timeOf(delivery.deliveredAt),
      cancelledAt: timeOf(delivery.cancelledAt),
    },
    assignedCourier: delivery.assignedCourierId ?? null,
    courierActions: delivery.courierActions.map((action) => {
      const { deliveryId: _, ...rest } = courierActionJson(action);
      return rest;
    }),
  };
}

export const deliveryForms: Readonly<Record<string, Representation<DeliveryView>>> = {
  'application/json': { schema: deliveryResponse, write: deliveryJson },
  ...protobufForm(DeliveryMessage),
};

const timeOf = (date: Date | undefined): string | undefined => date && dateTimeOutput(date);
