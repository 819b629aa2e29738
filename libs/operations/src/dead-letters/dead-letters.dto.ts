import { idParam, nonEmptyText, wholeNumberParam } from '@ftgo/platform';
import { z } from 'zod';
import { actionBody, actRequest } from '../operator.js';

const status = z.enum(['deferred', 'dead', 'parked', 'redriven', 'discarded']);

export const listQuery = z.object({
  status: status.optional().describe('default: deferred, dead and parked'),
  limit: wholeNumberParam(1, 1_000).default(100),
});

export const deadLetterId = idParam().transform(String);

export const redriveRequest = z
  .union([
    actRequest.extend({ handler: nonEmptyText().describe('all dead letters of this handler, such as OrderEventHandlers.createTicket') }),
    actRequest.extend({ topic: nonEmptyText(), key: nonEmptyText().describe('all dead letters with this key on this topic') }),
  ])
  .meta({ id: 'RedriveDeadLetters' });

export const redriveResponse = z
  .object({ redriven: z.array(z.string()).readonly().describe('ids of the dead letters that are due now') })
  .meta({ id: 'RedrivenDeadLetters' });

export const deadLetterBody = z
  .object({
    id: z.string(),
    group: z.string().describe('the consumer group'),
    messageId: z.string(),
    status,
    topic: z.string(),
    partition: z.int(),
    position: z.string().describe('its place in the partition; with Kafka, the offset'),
    key: z.string().optional(),
    type: z.string().optional().describe('absent if it is not one of our messages'),
    extensions: z.record(z.string(), z.string()),
    correlationId: z.string().optional(),
    traceparent: z.string().optional(),
    handler: z.string().optional(),
    error: z.string().optional(),
    attempts: z.int(),
    storedAt: z.iso.datetime(),
    dueAt: z.iso.datetime().optional().describe('when it is tried again'),
    payloadBytes: z.int(),
  })
  .meta({ id: 'DeadLetter' });

export const deadLettersResponse = z.object({ deadLetters: z.array(deadLetterBody) }).meta({ id: 'DeadLetters' });

export const deadLetterResponse = deadLetterBody
  .extend({
    payload: z.string().describe('base64; may include personal data'),
    actions: z.array(actionBody).describe('what operators did about it, newest first'),
  })
  .meta({ id: 'DeadLetterWithPayload' });
