import { nonEmptyText } from '@ftgo/platform';
import { z } from 'zod';
import { actRequest } from '../operator.js';

const person = { issuer: 'https://login.example/realms/ftgo', subject: '6f2a4c' };

/** The person to whom something is assigned, as known to the issuer of access tokens. */
export const assignOwnerRequest = actRequest
  .extend({
    issuer: z
      .url({ protocol: /^https?$/ })
      .max(255)
      .describe('the iss claim of the person’s access tokens')
      .meta({ pattern: '^https?://' }),
    subject: nonEmptyText().describe('the sub claim of the person’s access tokens'),
  })
  .meta({ id: 'AssignOwner', example: { by: 'olga', reason: 'signed the contract', ...person } });
export type AssignOwnerRequest = z.output<typeof assignOwnerRequest>;

export const ownerResponse = z
  .object({ kind: z.enum(['restaurant', 'courier']), id: z.int(), issuer: z.string(), subject: z.string() })
  .meta({ id: 'Owner', example: { kind: 'courier', id: 1, ...person } });
export type OwnerResponse = z.output<typeof ownerResponse>;
