import { stateMachine } from '@ftgo/kernel';

export type AccountState = 'UNOPENED' | 'ACTIVE' | 'DISABLED';

export const accountTransitions = stateMachine<AccountState>('account', {
  open: { UNOPENED: 'ACTIVE' },
  disable: { ACTIVE: 'DISABLED' },
  enable: { DISABLED: 'ACTIVE' },
});

export const authorizationStates = ['AUTHORIZED', 'REVISED', 'REVERSED'] as const;
export type AuthorizationState = (typeof authorizationStates)[number];

export const authorizationTransitions = stateMachine<AuthorizationState | 'ABSENT'>('authorisation', {
  authorize: { ABSENT: 'AUTHORIZED' },
  revise: { AUTHORIZED: 'REVISED', REVISED: 'REVISED' },
  reverse: { AUTHORIZED: 'REVERSED', REVISED: 'REVERSED' },
});
