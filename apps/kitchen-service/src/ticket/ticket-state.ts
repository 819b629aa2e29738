import { stateMachine } from '@ftgo/kernel';

export const ticketStates = [
  'CREATE_PENDING',
  'CREATION_CANCELLED',
  'AWAITING_ACCEPTANCE',
  'ACCEPTED',
  'PREPARING',
  'READY_FOR_PICKUP',
  'PICKED_UP',
  'CANCEL_PENDING',
  'CANCELLED',
  'REVISION_PENDING',
] as const;

export type TicketState = (typeof ticketStates)[number];

/**
 * The transitions between states, by action. CANCEL_PENDING and REVISION_PENDING are the semantic locks of the sagas: an
 * undo or a confirmed revision returns to the state in which the lock was taken (written as AWAITING_ACCEPTANCE here).
 */
export const ticketTransitions = stateMachine<TicketState>('ticket', {
  confirmCreate: ['confirm the creation of', { CREATE_PENDING: 'AWAITING_ACCEPTANCE' }],
  cancelCreate: ['cancel the creation of', { CREATE_PENDING: 'CREATION_CANCELLED' }],
  accept: ['accept', { AWAITING_ACCEPTANCE: 'ACCEPTED' }],
  preparing: ['start the preparation of', { ACCEPTED: 'PREPARING' }],
  readyForPickup: ['complete the preparation of', { PREPARING: 'READY_FOR_PICKUP' }],
  pickedUp: ['pick up', { READY_FOR_PICKUP: 'PICKED_UP' }],
  beginCancel: ['cancel', { AWAITING_ACCEPTANCE: 'CANCEL_PENDING', ACCEPTED: 'CANCEL_PENDING' }],
  undoCancel: ['undo the cancellation of', { CANCEL_PENDING: 'AWAITING_ACCEPTANCE' }],
  confirmCancel: ['confirm the cancellation of', { CANCEL_PENDING: 'CANCELLED' }],
  beginRevise: ['revise', { AWAITING_ACCEPTANCE: 'REVISION_PENDING', ACCEPTED: 'REVISION_PENDING' }],
  undoRevise: ['undo the revision of', { REVISION_PENDING: 'AWAITING_ACCEPTANCE' }],
  confirmRevise: ['confirm the revision of', { REVISION_PENDING: 'AWAITING_ACCEPTANCE' }],
});
