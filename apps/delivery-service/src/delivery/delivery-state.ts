import { stateMachine } from '@ftgo/kernel';

/** EXPECTED: an event about its ticket has arrived, but its order is not known yet. Such a delivery is not visible to clients. */
export const deliveryStates = ['EXPECTED', 'PENDING', 'SCHEDULED', 'PICKED_UP', 'DELIVERED', 'CANCELLED'] as const;

export type DeliveryState = (typeof deliveryStates)[number];

/** The transitions between states, by action. */
export const deliveryTransitions = stateMachine<DeliveryState>('delivery', {
  create: ['create', { EXPECTED: 'PENDING' }],
  schedule: ['schedule', { PENDING: 'SCHEDULED' }],
  reschedule: ['reschedule', { SCHEDULED: 'SCHEDULED' }],
  unschedule: ['unschedule', { SCHEDULED: 'PENDING' }],
  pickup: ['pick up', { SCHEDULED: 'PICKED_UP' }],
  dropoff: ['drop off', { PICKED_UP: 'DELIVERED' }],
  cancel: ['cancel', { PENDING: 'CANCELLED', SCHEDULED: 'CANCELLED' }],
});

/** The progress of the ticket as known from events; it never goes backwards. */
export const ticketProgresses = ['UNKNOWN', 'ACCEPTED', 'PREPARING', 'READY_FOR_PICKUP', 'PICKED_UP'] as const;

export type TicketProgress = (typeof ticketProgresses)[number];

export const isAtLeast = (progress: TicketProgress, needed: TicketProgress): boolean =>
  ticketProgresses.indexOf(progress) >= ticketProgresses.indexOf(needed);
