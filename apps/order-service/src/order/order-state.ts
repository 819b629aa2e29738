import { stateMachine } from '@ftgo/kernel';

export type OrderState = 'APPROVAL_PENDING' | 'APPROVED' | 'REJECTED' | 'CANCEL_PENDING' | 'CANCELLED' | 'REVISION_PENDING';

/** Microservices Patterns, figure 5.14: the transitions between states, by action. */
export const orderTransitions = stateMachine<OrderState>('order', {
  approve: { APPROVAL_PENDING: 'APPROVED' },
  reject: { APPROVAL_PENDING: 'REJECTED' },
  beginCancel: { APPROVED: 'CANCEL_PENDING' },
  undoCancel: { CANCEL_PENDING: 'APPROVED' },
  confirmCancel: { CANCEL_PENDING: 'CANCELLED' },
  beginRevision: { APPROVED: 'REVISION_PENDING' },
  rejectRevision: { REVISION_PENDING: 'APPROVED' },
  confirmRevision: { REVISION_PENDING: 'APPROVED' },
});
