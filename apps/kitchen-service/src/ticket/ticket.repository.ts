import type { TicketId } from '@ftgo/ftgo';
import { Outbox, Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { TicketNotFound } from './ticket.errors.js';
import { Ticket, type TicketEvent } from './ticket.js';
import { toMessage } from './ticket.messages.js';

@Injectable()
export class TicketRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /** Locks the row until the transaction ends. */
  async getForUpdate(id: TicketId): Promise<Ticket> {
    const ticket = await this.database.table<Ticket>(Ticket).lock(this.transactions.current('locking a ticket'), id);
    if (!ticket) throw new TicketNotFound(id);
    return ticket;
  }

  /** The id is assigned by order-service: the insert fails if a ticket has it. */
  async add(ticket: Ticket): Promise<void> {
    await this.database.table<Ticket>(Ticket).insert(this.transactions.current('adding a ticket'), ticket);
  }

  async save(ticket: Ticket, events: readonly TicketEvent[]): Promise<void> {
    const transaction = this.transactions.current('saving a ticket');
    ticket.version += events.length;
    await this.database.table<Ticket>(Ticket).update(transaction, ticket);
    this.outbox.publish(
      ticket,
      events.map((event) => toMessage(ticket, event)),
    );
  }
}
