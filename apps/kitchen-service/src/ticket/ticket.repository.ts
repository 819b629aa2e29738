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

  /** Locks the row until the transaction ends: TypeORM's version column does not protect against a stale copy. */
  async getForUpdate(id: TicketId): Promise<Ticket> {
    const ticket = await this.database.manager.findOne<Ticket>(Ticket, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (!ticket) throw new TicketNotFound(id);
    return ticket;
  }

  /** The id is assigned by order-service: `save` would overwrite an existing ticket, whereas an insert fails. */
  async add(ticket: Ticket): Promise<void> {
    this.transactions.current('adding a ticket');
    await this.database.manager.insert<Ticket>(Ticket, ticket);
  }

  async save(ticket: Ticket, events: readonly TicketEvent[]): Promise<void> {
    this.transactions.current('saving a ticket');
    ticket.version += events.length;
    await this.database.manager.save(ticket);
    this.outbox.publish(
      ticket,
      events.map((event) => toMessage(ticket, event)),
    );
  }
}
