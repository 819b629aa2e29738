import { idParam, nonEmptyText, wholeNumberParam } from '@ftgo/platform';
import { z } from 'zod';
import { actionBody, actionExample, actRequest } from '../operator.js';

const status = z.enum(['deferred', 'dead', 'parked', 'redriven', 'discarded']);

/** Also the query of the gateway, for all services. */
export const deadLettersQuery = z.object({
  status: status.optional().describe('default: deferred, dead and parked'),
  limit: wholeNumberParam(1, 1_000).default(100),
});

/** One value or several: `?topic=a&topic=b`. */
const several = (value: () => z.ZodType<string>) => z.union([value(), z.array(value()).max(20)]).transform((given) => [given].flat());

/** The list of a service, which can also find the dead letters of one order, for example. */
export const deadLettersOfServiceQuery = deadLettersQuery.extend({
  header: several(() => z.string().regex(/^[\w-]+:./, 'must be NAME:VALUE'))
    .optional()
    .describe('only dead letters with one of these headers (NAME:VALUE), or with `key` on one of `topic`'),
  key: nonEmptyText().optional().describe('see `topic`'),
  topic: several(nonEmptyText)
    .optional()
    .describe('with `key`: only dead letters with this key on one of these topics, or with one of `header`'),
});

export const deadLetterId = idParam().transform(String);

export const redriveRequest = z
  .union([
    actRequest.extend({
      handler: nonEmptyText().describe('all dead letters of this handler, such as DeliveryEventHandlers.createDeliveryWhenOrderWasCreated'),
    }),
    actRequest.extend({ topic: nonEmptyText(), key: nonEmptyText().describe('all dead letters with this key on this topic') }),
  ])
  .meta({
    id: 'RedriveDeadLetters',
    example: { by: 'olga', reason: 'the handler is fixed in 1.2', handler: 'DeliveryEventHandlers.createDeliveryWhenOrderWasCreated' },
  });

export const redriveResponse = z
  .object({ redriven: z.array(z.string()).readonly().describe('ids of the dead letters that are due now') })
  .meta({ id: 'RedrivenDeadLetters', example: { redriven: ['17'] } });

export const deadLetterExample = {
  id: '17',
  group: 'delivery-service',
  messageId: '019a1b2c-3d4e-7f50-8123-456789abcdef',
  status: 'dead',
  topic: 'ftgo.order.events',
  partition: 2,
  position: '4711',
  key: '1',
  type: 'ftgo.order.v1.OrderCreated',
  extensions: {},
  handler: 'DeliveryEventHandlers.createDeliveryWhenOrderWasCreated',
  error: 'TypeError: address is undefined',
  attempts: 5,
  storedAt: '2026-01-31T18:30:00.000Z',
  payloadBytes: 2,
};

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
    type: z.string().optional().describe('absent if the record is not a message of this system'),
    extensions: z.record(z.string(), z.string()),
    correlationId: z.string().optional(),
    traceparent: z.string().optional(),
    handler: z.string().optional(),
    error: z.string().optional(),
    attempts: z.int(),
    storedAt: z.iso.datetime(),
    dueAt: z.iso.datetime().optional().describe('when it is retried'),
    payloadBytes: z.int(),
  })
  .meta({ id: 'DeadLetter', example: deadLetterExample });

export const deadLettersResponse = z
  .object({ deadLetters: z.array(deadLetterBody) })
  .meta({ id: 'DeadLetters', example: { deadLetters: [deadLetterExample] } });

export const deadLetterResponse = deadLetterBody
  .extend({
    payload: z.string().describe('base64; may include personal data'),
    actions: z.array(actionBody).describe('what operators did about it, newest first'),
  })
  .meta({ id: 'DeadLetterWithPayload', example: { ...deadLetterExample, payload: 'e30=', actions: [actionExample] } });
