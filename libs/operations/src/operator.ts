import { currentActor } from '@ftgo/messaging';
import type { Operator } from '@ftgo/messaging/operations';
import { nonEmptyText } from '@ftgo/platform';
import { z } from 'zod';

/** With security on, the caller is recorded, whatever name was sent. */
export function operatorOf(by: string): Operator {
  const actor = currentActor();
  return actor === undefined ? { name: by, isVerified: false } : { name: actor, isVerified: true };
}

/** The body of every act: who does it, as that person says, and why. */
export const actRequest = z
  .object({ by: nonEmptyText(), reason: nonEmptyText() })
  .meta({ id: 'OperatorAct', example: { by: 'olga', reason: 'the handler is fixed in 1.2' } });
export type ActRequest = z.output<typeof actRequest>;

export const actionExample = {
  at: '2026-01-31T18:30:00.000Z',
  actor: 'olga',
  isVerified: false,
  action: 'dead-letter.redrive',
  subject: 'dead-letter/17',
  reason: 'the handler is fixed in 1.2',
};

/** A recorded act. */
export const actionBody = z
  .object({
    at: z.iso.datetime(),
    actor: z.string(),
    isVerified: z.boolean().describe('false: the name was not checked, but recorded as it was sent'),
    action: z.string().describe('such as dead-letter.redrive'),
    subject: z.string().describe('such as dead-letter/17'),
    reason: z.string().optional(),
  })
  .meta({ id: 'OperatorAction', example: actionExample });
