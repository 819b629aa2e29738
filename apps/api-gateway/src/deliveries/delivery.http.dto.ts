import { type DeliveryDetails, DeliveryMessage } from '@ftgo/contracts/delivery';
import { dateTimeOutput, idParam, protobufForm, type Representation } from '@ftgo/platform';
import { deliveryExample } from '@ftgo/rest/delivery';
import { z } from 'zod';
import { addressResponse, courierActionType, placeAndTime } from './courier.http.dto.js';

export const deliveryIdParam = idParam();

/** The same shape as in delivery-service. */
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
      .array(z.object({ type: courierActionType, address: addressResponse, time: z.string().optional() }))
      .describe('open actions of the courier for this delivery'),
  })
  .meta({ id: 'Delivery', example: deliveryExample });
export type DeliveryResponse = z.output<typeof deliveryResponse>;

export const deliveryJson = (delivery: DeliveryDetails): DeliveryResponse => ({
  deliveryInfo: {
    id: delivery.deliveryId,
    state: delivery.state,
    scheduledAt: timeOf(delivery.scheduledAt),
    pickedUpAt: timeOf(delivery.pickedUpAt),
    deliveredAt: timeOf(delivery.deliveredAt),
    cancelledAt: timeOf(delivery.cancelledAt),
  },
  assignedCourier: delivery.assignedCourierId ?? null,
  courierActions: delivery.courierActions.map(placeAndTime),
});

export const deliveryForms: Readonly<Record<string, Representation<DeliveryDetails>>> = {
  'application/json': { schema: deliveryResponse, write: deliveryJson },
  ...protobufForm(DeliveryMessage),
};

const timeOf = (date: Date | undefined): string | undefined => date && dateTimeOutput(date);
