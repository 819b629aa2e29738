import { stateMachine } from '@ftgo/kernel';

export type AccountState = 'UNOPENED' | 'ACTIVE' | 'DISABLED';

export const accountTransitions = stateMachine<AccountState>('account', {
  open: { UNOPENED: 'ACTIVE' },
  disable: { ACTIVE: 'DISABLED' },
  enable: { DISABLED: 'ACTIVE' },
});

/** What is held on an account. */
export type OpenState = 'AUTHORIZED' | 'REVISED';
/** What is over for good: given back, or taken when its order was delivered. */
export type SettledState = 'REVERSED' | 'CAPTURED';
export type AuthorizationState = OpenState | SettledState;

export const authorizationTransitions = stateMachine<AuthorizationState | 'ABSENT'>('authorisation', {
  authorize: { ABSENT: 'AUTHORIZED' },
  revise: { AUTHORIZED: 'REVISED', REVISED: 'REVISED' },
  reverse: { AUTHORIZED: 'REVERSED', REVISED: 'REVERSED' },
  capture: { AUTHORIZED: 'CAPTURED', REVISED: 'CAPTURED' },
});
