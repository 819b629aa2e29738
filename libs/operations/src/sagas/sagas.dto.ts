import { nonEmptyText, wholeNumberParam } from '@ftgo/platform';
import { z } from 'zod';
import { actRequest } from '../operator.js';

const status = z.enum(['RUNNING', 'COMPENSATING', 'STUCK', 'COMPLETED', 'ROLLED_BACK']);

/** Also the query of the gateway, for all services. */
export const sagasQuery = z.object({
  status: status.optional(),
  saga: z
    .string()
    .regex(/^[\w-]{1,255}$/, 'must be the name of a saga')
    .optional()
    .describe('such as create-order'),
  stuck: z
    .enum(['true', 'false'])
    .optional()
    .transform((value) => value === 'true')
    .describe('true: only those that need an operator, because they are stuck or past the deadline of their step'),
  limit: wholeNumberParam(1, 1_000).default(100),
});

const stateHas = z.record(z.string(), z.json());

/** The list of a service; the gateway has no use for the state of sagas. */
export const sagasOfServiceQuery = sagasQuery.extend({
  stateHas: z
    .string()
    .regex(/^\{.*\}$/, 'must be a JSON object')
    .transform((text, context) => {
      const { data } = stateHas.safeParse(parsed(text));
      if (data) return data;
      context.addIssue({ code: 'custom', message: 'must be a JSON object', input: text });
      return z.NEVER;
    })
    .optional()
    .describe('only sagas whose state has these values: a JSON object such as {"orderId":1}'),
});

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export const sagaId = z.uuid('must be a UUID').meta({ example: '019a1b2c-3d4e-7f50-8123-456789abcdef' });

export const skipRequest = actRequest
  .extend({ step: nonEmptyText().describe('the step to be skipped: a retried request does not skip the next one') })
  .meta({ id: 'SkipSagaStep', example: { by: 'olga', reason: 'the ticket was confirmed by hand', step: 'confirm ticket' } });

export const resolveRequest = actRequest
  .extend({ status: z.enum(['COMPLETED', 'ROLLED_BACK']).describe('how it ended, after the rest was done by hand') })
  .meta({ id: 'ResolveSaga', example: { by: 'olga', reason: 'the ticket was confirmed by hand', status: 'COMPLETED' } });

export const sagaExample = {
  id: '019a1b2c-3d4e-7f50-8123-456789abcdef',
  saga: 'create-order',
  version: 2,
  status: 'STUCK',
  step: 'confirm ticket',
  problem:
    '"confirm ticket" failed 8 times: failure reply ILLEGAL_TRANSITION: cannot confirm the creation of ticket 1 in state CREATION_CANCELLED',
  alarmed: true,
  startedAt: '2026-01-31T18:30:00.000Z',
  stepSince: '2026-01-31T18:30:01.000Z',
  state: { orderId: 1 },
};

export const sagaBody = z
  .object({
    id: z.string(),
    saga: z.string(),
    version: z.int(),
    status,
    step: z.string(),
    problem: z.string().optional().describe('why it is stuck, or why its step is retried'),
    refusal: z.object({ code: z.string(), detail: z.string() }).optional(),
    alarmed: z.boolean().describe('past the deadline of its step'),
    startedAt: z.iso.datetime(),
    stepSince: z.iso.datetime(),
    endedAt: z.iso.datetime().optional(),
    state: z.unknown().describe('what the saga has stored'),
  })
  .meta({ id: 'Saga', example: sagaExample });

export const sagasResponse = z.object({ sagas: z.array(sagaBody) }).meta({ id: 'Sagas', example: { sagas: [sagaExample] } });

export const sagaResponse = sagaBody
  .extend({
    correlationId: z.string(),
    traceparent: z.string().optional(),
    startedBy: z.string().optional().describe('who made the request that started it: issuer and subject of the access token'),
    done: z.array(z.string()).readonly(),
    awaits: z
      .object({ messageId: z.string(), topic: z.string(), type: z.string(), isPublished: z.boolean() })
      .optional()
      .describe('the command whose reply it waits for; absent for a local step'),
    dueAt: z.iso.datetime().optional().describe('the deadline of its step, if there is no outage before then'),
    history: z.array(
      z.object({
        at: z.iso.datetime(),
        event: z.string(),
        step: z.string(),
        messageId: z.string().optional(),
        durationMs: z.number().optional(),
        detail: z.string().optional(),
        operator: z.string().optional(),
      }),
    ),
  })
  .meta({
    id: 'SagaWithHistory',
    example: {
      ...sagaExample,
      correlationId: '019a1b2c-3d4e-7f50-8123-456789abcdef',
      awaits: {
        messageId: '019a1b2c-3d4e-7f50-8123-456789abcdee',
        topic: 'ftgo.kitchen.commands',
        type: 'ftgo.kitchen.v1.ConfirmCreateTicket',
        isPublished: true,
      },
      done: ['validate consumer', 'create ticket', 'authorize card'],
      history: [{ at: '2026-01-31T18:30:00.000Z', event: 'sent', step: 'confirm ticket' }],
    },
  });
