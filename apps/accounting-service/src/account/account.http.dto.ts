import { type AccountDetails, AccountMessage } from '@ftgo/contracts/accounting';
import type { PastEvent } from '@ftgo/event-sourcing';
import { consumerId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import { dateTimeOutput, idParam, moneyOutput, moneyText, protobufForm, type Representation, wholeNumberParam } from '@ftgo/platform';
import { z } from 'zod';
import type { AccountEvent } from './account.js';

export const accountIdParam = idParam().transform(consumerId);

export const creditLimitRequest = z
  .object({ creditLimit: moneyText() })
  .meta({ id: 'CreditLimitRequest', example: { creditLimit: '100.00' } });

/** Only entries after this one; all if omitted. */
export const entriesQuery = z.object({
  after: wholeNumberParam(0).optional().describe('sequence of the last entry already seen'),
});

const accountResponse = z
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

const amount = z.object({ amount: z.string(), currency: z.string() });

/** Version 2: the id is a number, as in other resources, and amounts have their currency. */
const accountV2Response = z
  .object({
    accountId: z.int(),
    state: z.string(),
    creditLimit: amount.nullable().describe('null while no limit is set'),
    authorized: amount.describe('sum of the open authorisations'),
    captured: amount.describe('sum of the amounts captured for delivered orders'),
    available: amount.nullable().describe('amount that can still be authorised; null without a limit'),
  })
  .meta({
    example: {
      accountId: 1,
      state: 'ACTIVE',
      creditLimit: { amount: '100.00', currency: 'USD' },
      authorized: { amount: '61.70', currency: 'USD' },
      captured: { amount: '0.00', currency: 'USD' },
      available: { amount: '38.30', currency: 'USD' },
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
        actor: z
          .string()
          .optional()
          .describe('who caused it: issuer and subject of an access token, or a service; absent if unknown, and in responses to consumers'),
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

function accountV2Json({
  accountId,
  state,
  creditLimit,
  authorized,
  captured,
  available,
}: AccountDetails): z.output<typeof accountV2Response> {
  return {
    accountId,
    state,
    creditLimit: creditLimit ? amountJson(creditLimit) : null,
    authorized: amountJson(authorized),
    captured: amountJson(captured),
    available: available ? amountJson(available) : null,
  };
}

const amountJson = (money: Money): z.output<typeof amount> => ({ amount: moneyOutput(money), currency: money.currency });

export function accountJson({
  accountId,
  state,
  creditLimit,
  authorized,
  captured,
  available,
}: AccountDetails): z.output<typeof accountResponse> {
  return {
    accountId: String(accountId),
    state,
    creditLimit: creditLimit ? moneyOutput(creditLimit) : null,
    authorized: moneyOutput(authorized),
    captured: moneyOutput(captured),
    available: available ? moneyOutput(available) : null,
  };
}

/** Version 1 is the default. */
export const accountForms: Readonly<Record<string, Representation<AccountDetails>>> = {
  'application/json': { schema: accountResponse, write: accountJson },
  'application/vnd.ftgo.account.v2+json': { schema: accountV2Response, write: accountV2Json },
  ...protobufForm(AccountMessage),
};

type EntryJson = z.output<typeof entriesResponse>['entries'][number];

export function entryJson({ version, occurredAt, actor, event }: PastEvent<AccountEvent>): EntryJson {
  const entry = { sequence: version, type: event.kind, occurredAt: dateTimeOutput(occurredAt), actor };
  if ('creditLimit' in event) return { ...entry, creditLimit: moneyOutput(event.creditLimit) };
  if (!('orderId' in event)) return entry;
  const { orderId, authorizationId, amount } = event;
  return { ...entry, orderId: String(orderId), authorizationId: String(authorizationId), amount: moneyOutput(amount) };
}
