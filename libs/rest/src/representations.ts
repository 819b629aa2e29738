import { z } from 'zod';

export const addressResponse = z.object({
  street1: z.string(),
  street2: z.string().optional(),
  city: z.string(),
  state: z.string(),
  zip: z.string(),
});

export const addressExample = { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' };

export const orderLineResponse = z.object({ menuItemId: z.string(), name: z.string(), price: z.string(), quantity: z.int() });

export const orderLineExample = { menuItemId: '1', name: 'Chicken Vindaloo', price: '12.34', quantity: 5 };
