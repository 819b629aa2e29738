import { type TicketDetails, TicketMessage, type TicketState } from '@ftgo/contracts/kitchen';
import { dateTimeOutput, idParam, pageSizeParam, protobufForm, type Representation } from '@ftgo/platform';
import { ticketExample } from '@ftgo/rest/kitchen';
import { z } from 'zod';
import { startKey } from '../start-key.js';

const ticketStates = [
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
] as const satisfies readonly TicketState[];

export const ticketIdParam = idParam();

export const findTicketsQuery = z.object({
  restaurantId: idParam().optional(),
  state: z.enum(ticketStates).optional(),
  pageSize: pageSizeParam(),
  startKey: startKey(),
});

export const ticketResponse = z
  .object({
    id: z.int(),
    restaurantId: z.int(),
    state: z.string(),
    lineItems: z.array(z.object({ menuItemId: z.string(), name: z.string(), quantity: z.int() })).readonly(),
    readyBy: z.string().optional(),
    createdAt: z.string().optional(),
    acceptedAt: z.string().optional(),
    preparingAt: z.string().optional(),
    readyForPickupAt: z.string().optional(),
    pickedUpAt: z.string().optional(),
    cancelledAt: z.string().optional(),
  })
  .meta({ id: 'Ticket', example: ticketExample });
export type TicketResponse = z.output<typeof ticketResponse>;

export const ticketsResponse = z
  .object({ tickets: z.array(ticketResponse), startKey: z.string().nullable() })
  .meta({ id: 'Tickets', example: { tickets: [ticketExample], startKey: null } });

export const ticketJson = (ticket: TicketDetails): TicketResponse => ({
  id: ticket.ticketId,
  restaurantId: ticket.restaurantId,
  state: ticket.state,
  lineItems: ticket.lineItems,
  readyBy: timeOf(ticket.readyBy),
  createdAt: timeOf(ticket.createdAt),
  acceptedAt: timeOf(ticket.acceptedAt),
  preparingAt: timeOf(ticket.preparingAt),
  readyForPickupAt: timeOf(ticket.readyForPickupAt),
  pickedUpAt: timeOf(ticket.pickedUpAt),
  cancelledAt: timeOf(ticket.cancelledAt),
});

export const ticketForms: Readonly<Record<string, Representation<TicketDetails>>> = {
  'application/json': { schema: ticketResponse, write: ticketJson },
  ...protobufForm(TicketMessage),
};

const timeOf = (date: Date | undefined): string | undefined => date && dateTimeOutput(date);
