import { EntitySchema } from 'typeorm';
import { Ticket, type TicketLine } from './ticket.js';

/** The columns map to private fields of the ticket, so both names are spelled out. */
interface TicketColumns {
  id: number;
  restaurantId: number;
  currentState: string;
  stateBeforeLock: string | null;
  lines: readonly TicketLine[];
  proposed: readonly TicketLine[] | null;
  readyBy: Date | null;
  createdAt: Date;
  acceptedAt: Date | null;
  preparingAt: Date | null;
  readyForPickupAt: Date | null;
  pickedUpAt: Date | null;
  cancelledAt: Date | null;
  version: number;
}

export const ticketSchema = new EntitySchema<TicketColumns>({
  target: Ticket,
  name: 'Ticket',
  tableName: 'tickets',
  columns: {
    id: { type: 'bigint', primary: true },
    restaurantId: { type: 'bigint' },
    currentState: { type: 'text', name: 'state' },
    stateBeforeLock: { type: 'text', nullable: true },
    lines: { type: 'jsonb', name: 'line_items' },
    proposed: { type: 'jsonb', name: 'proposed_line_items', nullable: true },
    readyBy: { type: 'timestamptz', nullable: true },
    createdAt: { type: 'timestamptz' },
    acceptedAt: { type: 'timestamptz', nullable: true },
    preparingAt: { type: 'timestamptz', nullable: true },
    readyForPickupAt: { type: 'timestamptz', nullable: true },
    pickedUpAt: { type: 'timestamptz', nullable: true },
    cancelledAt: { type: 'timestamptz', nullable: true },
    version: { type: 'integer' },
  },
});
