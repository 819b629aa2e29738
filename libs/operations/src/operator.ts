import { nonEmptyText } from '@ftgo/platform';
import { z } from 'zod';

/** The body of every act: who does it, as that person says, and why. */
export const actRequest = z.object({ by: nonEmptyText(), reason: nonEmptyText() }).meta({ id: 'OperatorAct' });
export type ActRequest = z.output<typeof actRequest>;

/** A recorded act. */
export const actionBody = z
  .object({
    at: z.iso.datetime(),
    actor: z.string(),
    isVerified: z.boolean().describe('false: the name is the one that was sent along'),
    action: z.string().describe('such as dead-letter.redrive'),
    subject: z.string().describe('such as dead-letter/17'),
    reason: z.string().optional(),
  })
  .meta({ id: 'OperatorAction' });
