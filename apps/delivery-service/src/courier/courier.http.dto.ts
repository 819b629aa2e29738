import { CourierMessage } from '@ftgo/contracts/delivery';
import { courierId } from '@ftgo/ftgo';
import { dateTimeOutput, idParam, protobufForm, type Representation } from '@ftgo/platform';
import { courierExample } from '@ftgo/rest/delivery';
import { z } from 'zod';
import type { CourierActionView, CourierView } from './courier.queries.js';

export const courierIdParam = idParam().transform(courierId);

export const addressResponse = z
  .object({ street1: z.string(), street2: z.string().optional(), city: z.string(), state: z.string(), zip: z.string() })
  .meta({ id: 'Address' });

export const courierActionResponse = z
  .object({ type: z.enum(['PICKUP', 'DROPOFF']), deliveryId: z.int(), address: addressResponse, time: z.string().optional() })
  .meta({ id: 'CourierAction' });

export const courierResponse = z
  .object({ courierId: z.int(), available: z.boolean(), plan: z.array(courierActionResponse) })
  .meta({ id: 'Courier', example: courierExample });

export const courierActionJson = ({ type, deliveryId, address, time }: CourierActionView): z.output<typeof courierActionResponse> => ({
  type,
  deliveryId,
  address,
  time: time && dateTimeOutput(time),
});

export const courierJson = ({ courierId: id, available, plan }: CourierView): z.output<typeof courierResponse> => ({
  courierId: id,
  available,
  plan: plan.map(courierActionJson),
});

export const courierForms: Readonly<Record<string, Representation<CourierView>>> = {
  'application/json': { schema: courierResponse, write: courierJson },
  ...protobufForm(CourierMessage),
};
