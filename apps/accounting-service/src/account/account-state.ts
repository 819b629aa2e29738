import { stateMachine } from '@ftgo/kernel';

export type AccountState = 'UNOPENED' | 'ACTIVE' | 'DISABLED';

export const accountTransitions = stateMachine<AccountState>('account', {
  open: { UNOPENED: 'ACTIVE' },
  disable: { ACTIVE: 'DISABLED' },
  enable: { DISABLED: 'ACTIVE' },
});

/** Authorisations that hold money on an account. */
export type OpenState = 'AUTHORIZED' | 'REVISED';
/** Final states: reversed, or captured when the order was delivered. */
export type SettledState = 'REVERSED' | 'CAPTURED';
export type AuthorizationState = OpenState | SettledState;

export const authorizationTransitions = stateMachine<AuthorizationState | 'ABSENT'>('authorisation', {
  authorize: { ABSENT: 'AUTHORIZED' },
  revise: { AUTHORIZED: 'REVISED', REVISED: 'REVISED' },
  reverse: { AUTHORIZED: 'REVERSED', REVISED: 'REVERSED' },
  capture: { AUTHORIZED: 'CAPTURED', REVISED: 'CAPTURED' },
});
