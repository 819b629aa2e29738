import type { RestaurantId, TicketId } from '@ftgo/ftgo';
import { Clock } from '@ftgo/kernel';
import { Transactions } from '@ftgo/messaging';
import { Access } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { Menus } from '../restaurant/menus.js';
import { TicketNotFound } from './ticket.errors.js';
import { Ticket, type TicketEvent, type TicketLine } from './ticket.js';
import { TicketRepository } from './ticket.repository.js';

export interface NewTicket {
  readonly ticketId: TicketId;
  readonly restaurantId: RestaurantId;
  /** Sequence of the restaurant's change that the order was priced with. */
  readonly restaurantSequence: number;
  readonly lineItems: readonly TicketLine[];
}

/** The use cases of a ticket; each runs in its own transaction or joins the current one. */
@Injectable()
export class KitchenService {
  constructor(
    private readonly transactions: Transactions,
    private readonly tickets: TicketRepository,
    private readonly menus: Menus,
    private readonly clock: Clock,
    private readonly access: Access,
  ) {}

  createTicket({ ticketId, restaurantId, restaurantSequence, lineItems }: NewTicket): Promise<void> {
    return this.transactions.run(async () => {
      const menu = await this.menus.asOf(restaurantId, restaurantSequence);
      await this.tickets.add(Ticket.create(ticketId, lineItems, menu, this.clock.now()));
    });
  }

  confirmCreateTicket(id: TicketId): Promise<void> {
    return this.change(id, (ticket) => ticket.confirmCreate());
  }

  cancelCreateTicket(id: TicketId): Promise<void> {
    return this.change(id, (ticket) => ticket.cancelCreate());
  }

  beginCancelTicket(id: TicketId): Promise<void> {
    return this.change(id, (ticket) => ticket.beginCancel());
  }

  undoBeginCancelTicket(id: TicketId): Promise<void> {
    return this.change(id, (ticket) => ticket.undoCancel());
  }

  confirmCancelTicket(id: TicketId): Promise<void> {
    return this.change(id, (ticket) => ticket.confirmCancel(this.clock.now()));
  }

  beginReviseTicket(id: TicketId, lineItems: readonly TicketLine[]): Promise<void> {
    return this.change(id, (ticket) => ticket.beginRevise(lineItems));
  }

  undoBeginReviseTicket(id: TicketId): Promise<void> {
    return this.change(id, (ticket) => ticket.undoRevise());
  }

  confirmReviseTicket(id: TicketId): Promise<void> {
    return this.change(id, (ticket) => ticket.confirmRevise());
  }

  accept(id: TicketId, readyBy: Date): Promise<void> {
    return this.changeOwn(id, (ticket) => ticket.accept(readyBy, this.clock.now()));
  }

  notePreparing(id: TicketId): Promise<void> {
    return this.changeOwn(id, (ticket) => ticket.preparing(this.clock.now()));
  }

  noteReadyForPickup(id: TicketId): Promise<void> {
    return this.changeOwn(id, (ticket) => ticket.readyForPickup(this.clock.now()));
  }

  notePickedUp(id: TicketId): Promise<void> {
    return this.changeOwn(id, (ticket) => ticket.pickedUp(this.clock.now()));
  }

  noteHandedOver(id: TicketId): Promise<void> {
    return this.change(id, (ticket) => ticket.handedOver(this.clock.now()));
  }

  private change(id: TicketId, act: (ticket: Ticket) => TicketEvent[] | Promise<TicketEvent[]>): Promise<void> {
    return this.transactions.run(async () => {
      const ticket = await this.tickets.getForUpdate(id);
      await this.tickets.save(ticket, await act(ticket));
    });
  }

  /** For the restaurant itself. */
  private changeOwn(id: TicketId, act: (ticket: Ticket) => TicketEvent[]): Promise<void> {
    return this.change(id, async (ticket) => {
      await this.access.demand({ restaurant: ticket.restaurantId }, () => new TicketNotFound(id));
      return act(ticket);
    });
  }
}
