import { namesParam } from '@ftgo/platform';
import { consumerExample, consumerResponse } from '@ftgo/rest/consumer';
import { lastRefusalResponse, rejectionResponse } from '@ftgo/rest/order';
import { restaurantResponse } from '@ftgo/rest/restaurant';
import { z } from 'zod';

const expandable = ['consumer', 'restaurant'] as const;
/** References of an order that the response can include in full. */
export type Expandable = (typeof expandable)[number];

export const orderDetailsQuery = z.object({
  expand: namesParam(...expandable).describe(`comma-separated resources to include in full: ${expandable.join(', ')}`),
});

export const orderDetailsResponse = z
  .object({
    orderInfo: z.object({
      orderId: z.string(),
      state: z.string(),
      rejection: rejectionResponse.optional().describe('why the order was rejected'),
      lastRefusal: lastRefusalResponse.optional().describe('the last cancellation or revision that another service rejected'),
    }),
    ticketInfo: z.object({ id: z.int(), state: z.string(), readyBy: z.string().optional() }).optional(),
    deliveryInfo: z.object({ id: z.int(), state: z.string(), assignedCourier: z.int().nullable() }).optional(),
    authorizationInfo: z.object({ state: z.string(), amount: z.string() }).optional().describe('the authorisation on the account'),
    restaurantInfo: z
      .object({ restaurantId: z.int(), name: z.string().optional().describe('absent while the restaurant is unavailable') })
      .optional(),
    consumer: consumerResponse.optional().describe('with expand=consumer'),
    restaurant: restaurantResponse.optional().describe('with expand=restaurant'),
    unavailable: z.array(z.string()).optional().describe('parts that are missing or incomplete because their service is unavailable'),
  })
  .meta({
    id: 'OrderDetails',
    example: {
      orderInfo: { orderId: '1', state: 'APPROVED' },
      ticketInfo: { id: 1, state: 'ACCEPTED', readyBy: '2030-01-01T18:30:00.000' },
      deliveryInfo: { id: 1, state: 'SCHEDULED', assignedCourier: 1 },
      authorizationInfo: { state: 'AUTHORIZED', amount: '61.70' },
      restaurantInfo: { restaurantId: 1, name: 'Ajanta' },
      consumer: consumerExample,
    },
  });
export type OrderDetails = z.output<typeof orderDetailsResponse>;
