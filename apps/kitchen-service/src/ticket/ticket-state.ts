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
  confirmCreate: { CREATE_PENDING: 'AWAITING_ACCEPTANCE' },
  cancelCreate: { CREATE_PENDING: 'CREATION_CANCELLED' },
  accept: { AWAITING_ACCEPTANCE: 'ACCEPTED' },
  preparing: { ACCEPTED: 'PREPARING' },
  readyForPickup: { PREPARING: 'READY_FOR_PICKUP' },
  pickedUp: { READY_FOR_PICKUP: 'PICKED_UP' },
  beginCancel: { AWAITING_ACCEPTANCE: 'CANCEL_PENDING', ACCEPTED: 'CANCEL_PENDING' },
  undoCancel: { CANCEL_PENDING: 'AWAITING_ACCEPTANCE' },
  confirmCancel: { CANCEL_PENDING: 'CANCELLED' },
  beginRevise: { AWAITING_ACCEPTANCE: 'REVISION_PENDING', ACCEPTED: 'REVISION_PENDING' },
  undoRevise: { REVISION_PENDING: 'AWAITING_ACCEPTANCE' },
  confirmRevise: { REVISION_PENDING: 'AWAITING_ACCEPTANCE' },
});
