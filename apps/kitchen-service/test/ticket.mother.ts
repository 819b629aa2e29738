import { restaurantId, ticketId } from '@ftgo/ftgo';
import { type Menu, Ticket, type TicketLine } from '../src/ticket/ticket.js';
import type { TicketState } from '../src/ticket/ticket-state.js';

export const ajantaId = restaurantId(1);
export const vindaloo: TicketLine = { menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 };
export const naan: TicketLine = { menuItemId: '2', name: 'Naan', quantity: 2 };

/** The restaurant of the book, with chicken vindaloo and naan. */
export const ajanta: Menu = { restaurantId: ajantaId, restaurantName: 'Ajanta', offers: (id) => ['1', '2'].includes(id) };

export const now = new Date('2026-11-30T18:00:00Z');
export const inHalfAnHour = new Date('2026-11-30T18:30:00Z');

/** Tickets for five vindaloos, in each state. */
export const TicketMother = {
  accepted: (): Ticket => TicketMother.in('ACCEPTED'),

  in(state: TicketState): Ticket {
    return {
      CREATE_PENDING: () => Ticket.create(ticketId(17), [vindaloo], ajanta, now),
      CREATION_CANCELLED: () => from('CREATE_PENDING', (ticket) => ticket.cancelCreate()),
      AWAITING_ACCEPTANCE: () => from('CREATE_PENDING', (ticket) => ticket.confirmCreate()),
      ACCEPTED: () => from('AWAITING_ACCEPTANCE', (ticket) => ticket.accept(inHalfAnHour, now)),
      PREPARING: () => from('ACCEPTED', (ticket) => ticket.preparing(now)),
      READY_FOR_PICKUP: () => from('PREPARING', (ticket) => ticket.readyForPickup(now)),
      PICKED_UP: () => from('READY_FOR_PICKUP', (ticket) => ticket.pickedUp(now)),
      CANCEL_PENDING: () => from('AWAITING_ACCEPTANCE', (ticket) => ticket.beginCancel()),
      CANCELLED: () => from('CANCEL_PENDING', (ticket) => ticket.confirmCancel(now)),
      REVISION_PENDING: () => from('AWAITING_ACCEPTANCE', (ticket) => ticket.beginRevise([naan])),
    }[state]();
  },
};

function from(before: TicketState, act: (ticket: Ticket) => unknown): Ticket {
  const ticket = TicketMother.in(before);
  act(ticket);
  return ticket;
}
