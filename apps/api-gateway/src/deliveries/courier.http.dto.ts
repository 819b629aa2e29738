import { type CourierActionDetails, type CourierDetails, CourierMessage } from '@ftgo/contracts/delivery';
import { dateTimeOutput, idParam, protobufForm, type Representation } from '@ftgo/platform';
import { courierExample } from '@ftgo/rest/delivery';
import { z } from 'zod';

export const courierIdParam = idParam();

export const addressResponse = z.object({
  street1: z.string(),
  street2: z.string().optional(),
  city: z.string(),
  state: z.string(),
  zip: z.string(),
});

/** A string, so that kinds of action added later are passed through. */
export const courierActionType = z.string();

export const courierResponse = z
  .object({
    courierId: z.int(),
    available: z.boolean(),
    plan: z.array(z.object({ type: courierActionType, deliveryId: z.int(), address: addressResponse, time: z.string().optional() })),
  })
  .meta({ id: 'Courier', example: courierExample });
export type CourierResponse = z.output<typeof courierResponse>;

export const placeAndTime = ({ type, address, time }: CourierActionDetails) => ({ type, address, time: time && dateTimeOutput(time) });

export const courierJson = ({ courierId, available, plan }: CourierDetails): CourierResponse => ({
  courierId,
  available,
  plan: plan.map((action) => ({ ...placeAndTime(action), deliveryId: action.deliveryId })),
});

export const courierForms: Readonly<Record<string, Representation<CourierDetails>>> = {
  'application/json': { schema: courierResponse, write: courierJson },
  ...protobufForm(CourierMessage),
};
