import { z } from 'zod';
import { callPolicy, callPolicyBody } from '../client/call-policy.js';
import { circuitStates } from '../client/dependency.js';

export const dependencyBody = z.object({
  dependency: z.string(),
  circuit: z.enum(circuitStates).describe('open: calls fail immediately; half_open: one call is tried'),
  callsInFlight: z.int(),
  callsWaiting: z.int().describe('calls that wait until fewer are in flight'),
  lastFailure: z
    .object({ at: z.string(), reason: z.string() })
    .optional()
    .describe('the last call that failed because the dependency was down or did not respond in time'),
  instances: z.array(z.string()).readonly().optional().describe('the addresses of its known instances, if FTGO_DISCOVERY finds them'),
  policy: callPolicyBody.describe('the declared policy with the overrides of FTGO_CALL_POLICIES'),
});

export const dependencyExample: z.output<typeof dependencyBody> = {
  dependency: 'order-service',
  circuit: 'closed',
  callsInFlight: 3,
  callsWaiting: 0,
  lastFailure: { at: '2030-01-01T18:30:00.000Z', reason: '14 UNAVAILABLE: connection refused' },
  instances: ['127.0.0.1:50051', '127.0.0.1:51051'],
  policy: callPolicy(),
};

export const dependenciesResponse = z
  .object({ dependencies: z.array(dependencyBody).readonly() })
  .meta({ id: 'Dependencies', example: { dependencies: [dependencyExample] } });
