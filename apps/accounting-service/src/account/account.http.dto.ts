import type { PastEvent } from '@ftgo/event-sourcing';
import { consumerId } from '@ftgo/ftgo';
import { dateTimeOutput, idParam, moneyOutput, moneyText, wholeNumberParam } from '@ftgo/platform';
import { z } from 'zod';
import type { Account, AccountEvent } from './account.js';

export const accountIdParam = idParam().transform(consumerId);

export const creditLimitRequest = z
  .object({ creditLimit: moneyText() })
  .meta({ id: 'CreditLimitRequest', example: { creditLimit: '100.00' } });

/** Only entries after this one; all if omitted. */
export const entriesQuery = z.object({
  after: wholeNumberParam(0).optional().describe('sequence of the last entry already seen'),
});

export const accountResponse = z
  .object({
    accountId: z.string(),
    state: z.string(),
    creditLimit: z.string().nullable().describe('null while no limit is set'),
    authorized: z.string().describe('sum of the open authorisations'),
    captured: z.string().describe('sum of the amounts captured for delivered orders'),
    available: z.string().nullable().describe('amount that can still be authorised; null without a limit'),
  })
  .meta({
    id: 'Account',
    example: {
      accountId: '1',
      state: 'ACTIVE',
      creditLimit: '100.00',
      authorized: '61.70',
      captured: '0.00',
      available: '38.30',
    },
  });

export const entriesResponse = z
  .object({
    accountId: z.string(),
    entries: z.array(
      z.object({
        sequence: z.int(),
        type: z.string(),
        occurredAt: z.string(),
        orderId: z.string().optional(),
        authorizationId: z.string().optional(),
        amount: z.string().optional(),
        creditLimit: z.string().optional(),
      }),
    ),
  })
  .meta({
    id: 'AccountEntries',
    example: {
      accountId: '1',
      entries: [
        { sequence: 1, type: 'AccountOpened', occurredAt: '2030-01-01T17:59:00.000' },
        {
          sequence: 2,
          type: 'CardAuthorized',
          occurredAt: '2030-01-01T18:00:00.052',
          orderId: '1',
          authorizationId: '1',
          amount: '61.70',
        },
      ],
    },
  });

export function accountJson({ id, state, creditLimit, authorized, captured, available }: Account): z.output<typeof accountResponse> {
  return {
    accountId: String(id),
    state,
    creditLimit: creditLimit ? moneyOutput(creditLimit) : null,
    authorized: moneyOutput(authorized),
    captured: moneyOutput(captured),
    available: available ? moneyOutput(available) : null,
  };
}

export function entryJson({ version, occurredAt, event }: PastEvent<AccountEvent>): z.output<typeof entriesResponse>['entries'][number] {
  const entry = { sequence: version, type: event.kind, occurredAt: dateTimeOutput(occurredAt) };
  if ('creditLimit' in event) return { ...entry, creditLimit: moneyOutput(event.creditLimit) };
  if (!('orderId' in event)) return entry;
  const { orderId, authorizationId, amount } = event;
  return { ...entry, orderId: String(orderId), authorizationId: String(authorizationId), amount: moneyOutput(amount) };
}
