import { z } from 'zod';
import { addressExample } from './representations.js';

export const noteAvailabilityRequest = z
  .object({ available: z.boolean() })
  .meta({ id: 'NoteCourierAvailabilityRequest', example: { available: true } });

const pickup = {
  type: 'PICKUP',
  address: { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94611' },
  time: '2030-01-01T18:30:00.000',
};
const dropoff = { type: 'DROPOFF', address: addressExample, time: '2030-01-01T19:00:00.000' };

export const courierExample = {
  courierId: 1,
  available: true,
  plan: [
    { ...pickup, deliveryId: 1 },
    { ...dropoff, deliveryId: 1 },
  ],
};

export const deliveryExample = {
  deliveryInfo: { id: 1, state: 'SCHEDULED', scheduledAt: '2030-01-01T18:02:00.040' },
  assignedCourier: 1,
  courierActions: [pickup, dropoff],
};
