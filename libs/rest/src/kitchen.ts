import { dateTime } from '@ftgo/platform';
import { z } from 'zod';

export const acceptTicketRequest = z
  .object({ readyBy: dateTime() })
  .meta({ id: 'AcceptTicketRequest', example: { readyBy: '2030-01-01T18:30:00' } });

export const ticketExample = {
  id: 1,
  restaurantId: 1,
  state: 'ACCEPTED',
  lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 }],
  readyBy: '2030-01-01T18:30:00.000',
  createdAt: '2030-01-01T18:00:00.031',
  acceptedAt: '2030-01-01T18:02:00.000',
};
