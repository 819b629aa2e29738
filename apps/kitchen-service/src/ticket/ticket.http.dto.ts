import { TicketMessage } from '@ftgo/contracts/kitchen';
import { restaurantId, ticketId } from '@ftgo/ftgo';
import { dateTimeOutput, idParam, pageSizeParam, protobufForm, type Representation } from '@ftgo/platform';
import { ticketExample } from '@ftgo/rest/kitchen';
import { z } from 'zod';
import { pageCursor } from './page-cursor.js';
import type { TicketView } from './ticket.queries.js';
import { ticketStates } from './ticket-state.js';

export const ticketIdParam = idParam().transform(ticketId);

export const findTicketsQuery = z.object({
  restaurantId: idParam().transform(restaurantId).optional(),
  state: z.enum(ticketStates).optional(),
  pageSize: pageSizeParam(),
  startKey: pageCursor().optional(),
});

export const ticketResponse = z
  .object({
    id: z.int(),
    restaurantId: z.int(),
    state: z.string(),
    lineItems: z.array(z.object({ menuItemId: z.string(), name: z.string(), quantity: z.int() })),
    readyBy: z.string().optional(),
    createdAt: z.string(),
    acceptedAt: z.string().optional(),
    preparingAt: z.string().optional(),
    readyForPickupAt: z.string().optional(),
    pickedUpAt: z.string().optional(),
    cancelledAt: z.string().optional(),
  })
  .meta({ id: 'Ticket', example: ticketExample });

export const ticketsResponse = z
  .object({ tickets: z.array(ticketResponse), startKey: z.string().nullable() })
  .meta({ id: 'Tickets', example: { tickets: [ticketExample], startKey: null } });

export function ticketJson(ticket: TicketView): z.output<typeof ticketResponse> {
  return {
    id: ticket.ticketId,
    restaurantId: ticket.restaurantId,
    state: ticket.state,
    lineItems: ticket.lineItems.map(({ menuItemId, name, quantity }) => ({ menuItemId, name, quantity })),
    readyBy: timeOf(ticket.readyBy),
    createdAt: dateTimeOutput(ticket.createdAt),
    acceptedAt: timeOf(ticket.acceptedAt),
    preparingAt: timeOf(ticket.preparingAt),
    readyForPickupAt: timeOf(ticket.readyForPickupAt),
    pickedUpAt: timeOf(ticket.pickedUpAt),
    cancelledAt: timeOf(ticket.cancelledAt),
  };
}

export const ticketForms: Readonly<Record<string, Representation<TicketView>>> = {
  'application/json': { schema: ticketResponse, write: ticketJson },
  ...protobufForm(TicketMessage),
};

const timeOf = (date: Date | undefined): string | undefined => date && dateTimeOutput(date);
