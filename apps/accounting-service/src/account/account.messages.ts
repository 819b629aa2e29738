import {
  AccountDisabled,
  AccountEnabled,
  AccountOpened,
  AuthorizationCaptured,
  AuthorizationReversed,
  AuthorizationRevised,
  CardAuthorized,
  CreditLimitChanged,
} from '@ftgo/contracts/accounting';
import { type OccurredEvent, occurred } from '@ftgo/messaging';
import type { AccountEvent } from './account.js';

/** The message that publishes an event. */
export function toMessage(event: AccountEvent): OccurredEvent {
  switch (event.kind) {
    case 'AccountOpened':
      return occurred(AccountOpened, {});
    case 'AccountDisabled':
      return occurred(AccountDisabled, {});
    case 'AccountEnabled':
      return occurred(AccountEnabled, {});
    case 'CreditLimitChanged':
      return occurred(CreditLimitChanged, { creditLimit: event.creditLimit });
    case 'CardAuthorized':
      return occurred(CardAuthorized, { orderId: event.orderId, authorizationId: event.authorizationId, amount: event.amount });
    case 'AuthorizationRevised':
      return occurred(AuthorizationRevised, { orderId: event.orderId, authorizationId: event.authorizationId, amount: event.amount });
    case 'AuthorizationReversed':
      return occurred(AuthorizationReversed, { orderId: event.orderId, authorizationId: event.authorizationId });
    case 'AuthorizationCaptured':
      return occurred(AuthorizationCaptured, { orderId: event.orderId, authorizationId: event.authorizationId, amount: event.amount });
    default:
      return event satisfies never;
  }
}
