import { z } from 'zod';

export const addressResponse = z.object({
  street1: z.string(),
  street2: z.string().optional(),
  city: z.string(),
  state: z.string(),
  zip: z.string(),
});

export const orderLineResponse = z.object({ menuItemId: z.string(), name: z.string(), price: z.string(), quantity: z.int() });
