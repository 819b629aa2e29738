import {
  TicketAccepted,
  TicketCancelled,
  TicketCreated,
  TicketPickedUp,
  TicketPreparationCompleted,
  TicketPreparationStarted,
  TicketRevised,
} from '@ftgo/contracts/kitchen';
import { type OccurredEvent, occurred } from '@ftgo/messaging';
import type { Ticket, TicketEvent } from './ticket.js';

/** The message that publishes an event. */
export function toMessage(ticket: Ticket, event: TicketEvent): OccurredEvent {
  switch (event.kind) {
    case 'TicketCreated':
      return occurred(TicketCreated, { restaurantId: ticket.restaurantId, lineItems: ticket.lineItems });
    case 'TicketAccepted':
      return occurred(TicketAccepted, { readyBy: event.readyBy });
    case 'TicketPreparationStarted':
      return occurred(TicketPreparationStarted, {});
    case 'TicketPreparationCompleted':
      return occurred(TicketPreparationCompleted, {});
    case 'TicketPickedUp':
      return occurred(TicketPickedUp, {});
    case 'TicketCancelled':
      return occurred(TicketCancelled, {});
    case 'TicketRevised':
      return occurred(TicketRevised, { lineItems: event.lineItems });
    default:
      return event satisfies never;
  }
}
