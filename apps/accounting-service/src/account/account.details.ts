import type { AccountDetails } from '@ftgo/contracts/accounting';
import type { Account } from './account.js';

/** An account as others see it. */
export function detailsOf({ id, state, creditLimit, authorized, captured, available }: Account): AccountDetails {
  return { accountId: id, state: state === 'UNOPENED' ? 'UNSPECIFIED' : state, creditLimit, authorized, captured, available };
}
