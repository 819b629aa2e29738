import { z } from 'zod';
import { actionBody, actionExample } from '../operator.js';

export const replicaExample = {
  name: 'restaurants',
  state: 'ready',
  gaps: 0,
  rebuiltAt: '2026-01-31T18:30:00.000Z',
  actions: [{ ...actionExample, action: 'replica.rebuilt', subject: 'replica/restaurants', reason: '120 events applied, 0 skipped' }],
};

/** Data that a service derives from events. */
export const replicaBody = z
  .object({
    name: z.string(),
    state: z
      .enum(['ready', 'rebuilding', 'failed'])
      .describe('failed: the last rebuild did not succeed; `actions` shows why. The replica is served in any state'),
    gaps: z.int().describe('events that were missing when later ones arrived, since the process started'),
    progress: z
      .object({ handled: z.int(), skipped: z.int(), detail: z.string().optional() })
      .optional()
      .describe('of a rebuild in this process: events applied, and events that could not be applied'),
    rebuiltAt: z.iso.datetime().optional().describe('when the last successful rebuild ended'),
    actions: z.array(actionBody).describe('rebuilds and how they ended, newest first'),
  })
  .meta({ id: 'Replica', example: replicaExample });

export const replicasResponse = z.object({ replicas: z.array(replicaBody) }).meta({
  id: 'Replicas',
  example: { replicas: [replicaExample] },
});

export const replicaName = z
  .string()
  .regex(/^[\w-]{1,255}$/, 'must be the name of a replica')
  .meta({ example: replicaExample.name });
