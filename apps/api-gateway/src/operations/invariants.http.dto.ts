import { wholeNumberParam } from '@ftgo/platform';
import { z } from 'zod';

export const invariantsQuery = z.object({
  settle: wholeNumberParam(0, 60)
    .default(10)
    .describe('for how many seconds an apparent violation is rechecked before it is reported as one'),
});

const finding = z.object({
  invariant: z.string(),
  about: z.string().describe('such as order 17'),
  what: z.string(),
  see: z.string().describe('the arguments of npm run ftgo -- that show more'),
  isProved: z.boolean().optional().describe('one service alone proves it: no message in flight can explain it'),
  place: z.object({ topic: z.string(), partition: z.int(), position: z.string() }).optional(),
});

const example = {
  checked: [{ invariant: 'orders end', description: 'every order ends, or …', compared: '17 orders', violations: 1 }],
  violations: [
    {
      invariant: 'orders end',
      about: 'order 17',
      what: 'is CANCEL_PENDING, but no cancel-order saga is working on it',
      see: 'order show 17',
    },
  ],
  inFlight: [{ about: 'order 18', what: 'is APPROVAL_PENDING: saga create-order is at "create ticket"' }],
  unknown: [],
  notes: [],
  counts: { orders: 17, consumers: 3, replicas: 4, sent: 340, repeated: 0, received: 410, deadLetters: 0 },
};

export const invariantsResponse = z
  .object({
    checked: z.array(z.object({ invariant: z.string(), description: z.string(), compared: z.string(), violations: z.int() })).readonly(),
    violations: z.array(finding).readonly(),
    inFlight: z
      .array(z.object({ about: z.string(), what: z.string() }))
      .readonly()
      .describe('work that is still in progress'),
    unknown: z.array(z.string()).readonly().describe('why the facts of a service are unknown; comparisons that need them were skipped'),
    notes: z.array(z.string()).readonly(),
    counts: z.record(z.string(), z.int()).describe('how much was compared'),
  })
  .meta({ id: 'Invariants', example });
