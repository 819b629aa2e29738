import { stateMachine } from '@ftgo/kernel';

/** EXPECTED: something was heard of its ticket, but its order is not known yet. Nobody else sees such a delivery. */
export const deliveryStates = ['EXPECTED', 'PENDING', 'SCHEDULED', 'PICKED_UP', 'DELIVERED', 'CANCELLED'] as const;

export type DeliveryState = (typeof deliveryStates)[number];

/** Which action leads from which state to which. */
export const deliveryTransitions = stateMachine<DeliveryState>('delivery', {
  create: { EXPECTED: 'PENDING' },
  schedule: { PENDING: 'SCHEDULED' },
  reschedule: { SCHEDULED: 'SCHEDULED' },
  unschedule: { SCHEDULED: 'PENDING' },
  pickup: { SCHEDULED: 'PICKED_UP' },
  dropoff: { PICKED_UP: 'DELIVERED' },
  cancel: { PENDING: 'CANCELLED', SCHEDULED: 'CANCELLED' },
});

/** How far the ticket is, as Delivery knows it from events; it only goes forward. */
export const ticketProgresses = ['UNKNOWN', 'ACCEPTED', 'PREPARING', 'READY_FOR_PICKUP', 'PICKED_UP'] as const;

export type TicketProgress = (typeof ticketProgresses)[number];

export const isAtLeast = (progress: TicketProgress, needed: TicketProgress): boolean =>
  ticketProgresses.indexOf(progress) >= ticketProgresses.indexOf(needed);
