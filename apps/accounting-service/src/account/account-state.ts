import { stateMachine } from '@ftgo/kernel';

export type AccountState = 'UNOPENED' | 'ACTIVE' | 'DISABLED';

export const accountTransitions = stateMachine<AccountState>('account', {
  open: ['open', { UNOPENED: 'ACTIVE' }],
  disable: ['disable', { ACTIVE: 'DISABLED' }],
  enable: ['enable', { DISABLED: 'ACTIVE' }],
});

/** Authorisations that hold money on an account. */
export type OpenState = 'AUTHORIZED' | 'REVISED';
/** Final states: reversed, or captured when the order was delivered. */
export type SettledState = 'REVERSED' | 'CAPTURED';
export type AuthorizationState = OpenState | SettledState;

/** The words precede `authorisation of order 17`. */
export const authorizationTransitions = stateMachine<AuthorizationState | 'ABSENT'>('authorisation', {
  authorize: ['create the', { ABSENT: 'AUTHORIZED' }],
  revise: ['revise the', { AUTHORIZED: 'REVISED', REVISED: 'REVISED' }],
  reverse: ['reverse the', { AUTHORIZED: 'REVERSED', REVISED: 'REVERSED' }],
  capture: ['capture the', { AUTHORIZED: 'CAPTURED', REVISED: 'CAPTURED' }],
});
