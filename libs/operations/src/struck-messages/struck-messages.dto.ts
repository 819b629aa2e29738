import { z } from 'zod';
import { actRequest } from '../operator.js';

const placeExample = 'ftgo.restaurant.events/0/42';

/** Topic, partition and position. */
const place = z
  .string()
  .regex(/^[\w.-]{1,249}\/\d{1,9}\/[\w:-]{1,100}$/, `must be TOPIC/PARTITION/POSITION, such as ${placeExample}`)
  .transform((text) => {
    const [topic, partition, position] = text.split('/') as [string, string, string];
    return { topic, partition: Number(partition), position };
  });

export const strikeOutRequest = actRequest
  .extend({
    places: z
      .array(place)
      .min(1, 'must have at least 1 value')
      .max(100, 'must have at most 100 values')
      .describe('where the messages are: topic, partition and position'),
  })
  .meta({ id: 'StrikeOutMessages', example: { by: 'olga', reason: 'forged: the outbox has no row for it', places: [placeExample] } });

const struckExample = {
  id: '019a1b2c-3d4e-7f50-8123-456789abcdef',
  place: placeExample,
  subject: '1',
  by: 'olga',
  reason: 'forged: the outbox has no row for it',
  at: '2026-01-31T18:30:00.000Z',
};

const struckBody = z
  .object({
    id: z.string(),
    place: z.string().describe('topic, partition and position'),
    subject: z.string().describe('the aggregate that the message claims to be about'),
    by: z.string(),
    reason: z.string(),
    at: z.iso.datetime(),
    rebuiltAt: z.iso.datetime().optional().describe('when a rebuild without the message succeeded; if absent, rebuild the replica'),
  })
  .meta({ id: 'StruckMessage', example: struckExample });

export const struckResponse = z
  .object({ messages: z.array(struckBody) })
  .meta({ id: 'StruckMessages', example: { messages: [struckExample] } });
