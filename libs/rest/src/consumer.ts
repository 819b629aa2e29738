import { type ConsumerDetails, ConsumerMessage } from '@ftgo/contracts/consumer';
import { consumerId } from '@ftgo/ftgo';
import { idParam, personName, protobufForm, type Representation } from '@ftgo/platform';
import { z } from 'zod';

const ada = { firstName: 'Ada', lastName: 'Lovelace' };

export const createConsumerRequest = z.object({ name: personName() }).meta({ id: 'CreateConsumerRequest', example: { name: ada } });
export type CreateConsumerRequest = z.output<typeof createConsumerRequest>;

export const createConsumerResponse = z.object({ consumerId: z.int() }).meta({ id: 'CreateConsumerResponse', example: { consumerId: 1 } });

export const consumerIdParam = idParam().transform(consumerId);

export const consumerExample = { consumerId: 1, name: ada };

export const consumerResponse = z
  .object({ consumerId: z.int(), name: z.object({ firstName: z.string(), lastName: z.string() }) })
  .meta({ id: 'Consumer', example: consumerExample });

export const consumerForms: Readonly<Record<string, Representation<ConsumerDetails>>> = {
  'application/json': { schema: consumerResponse, write: (consumer) => consumer },
  ...protobufForm(ConsumerMessage),
};
