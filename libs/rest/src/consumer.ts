import { consumerId } from '@ftgo/ftgo';
import { idParam, personName } from '@ftgo/platform';
import { z } from 'zod';

export const createConsumerRequest = z.object({ name: personName() }).meta({ id: 'CreateConsumerRequest' });
export type CreateConsumerRequest = z.output<typeof createConsumerRequest>;

export const createConsumerResponse = z.object({ consumerId: z.int() }).meta({ id: 'CreateConsumerResponse' });

export const consumerIdParam = idParam().transform(consumerId);

export const consumerResponse = z
  .object({ consumerId: z.int(), name: z.object({ firstName: z.string(), lastName: z.string() }) })
  .meta({ id: 'Consumer' });
