import { stateMachine } from '@ftgo/kernel';

export type OrderState = 'APPROVAL_PENDING' | 'APPROVED' | 'REJECTED' | 'CANCEL_PENDING' | 'CANCELLED' | 'REVISION_PENDING';

/** Microservices Patterns, figure 5.14: the transitions between states, by action. */
export const orderTransitions = stateMachine<OrderState>('order', {
  approve: ['approve', { APPROVAL_PENDING: 'APPROVED' }],
  reject: ['reject', { APPROVAL_PENDING: 'REJECTED' }],
  beginCancel: ['cancel', { APPROVED: 'CANCEL_PENDING' }],
  undoCancel: ['undo the cancellation of', { CANCEL_PENDING: 'APPROVED' }],
  confirmCancel: ['confirm the cancellation of', { CANCEL_PENDING: 'CANCELLED' }],
  beginRevision: ['revise', { APPROVED: 'REVISION_PENDING' }],
  rejectRevision: ['reject the revision of', { REVISION_PENDING: 'APPROVED' }],
  confirmRevision: ['confirm the revision of', { REVISION_PENDING: 'APPROVED' }],
});
