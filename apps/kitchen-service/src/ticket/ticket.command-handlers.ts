import {
  BeginCancelTicket,
  BeginReviseTicket,
  CancelCreateTicket,
  ConfirmCancelTicket,
  ConfirmCreateTicket,
  ConfirmReviseTicket,
  CreateTicket,
  type CreateTicketReply,
  UndoBeginCancelTicket,
  UndoBeginReviseTicket,
} from '@ftgo/contracts/kitchen';
import { restaurantId, ticketId } from '@ftgo/ftgo';
import { HandlesCommand } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { KitchenService } from './kitchen.service.js';

/** The commands of the order sagas; a ticket has the id of its order. */
@Injectable()
export class TicketCommandHandlers {
  constructor(private readonly kitchen: KitchenService) {}

  @HandlesCommand(CreateTicket)
  async createTicket(command: CreateTicket): Promise<CreateTicketReply> {
    const id = ticketId(command.orderId);
    await this.kitchen.createTicket({ ...command, ticketId: id, restaurantId: restaurantId(command.restaurantId) });
    return { ticketId: id };
  }

  @HandlesCommand(ConfirmCreateTicket)
  confirmCreateTicket(command: ConfirmCreateTicket): Promise<void> {
    return this.kitchen.confirmCreateTicket(ticketId(command.ticketId));
  }

  @HandlesCommand(CancelCreateTicket)
  cancelCreateTicket(command: CancelCreateTicket): Promise<void> {
    return this.kitchen.cancelCreateTicket(ticketId(command.ticketId));
  }

  @HandlesCommand(BeginCancelTicket)
  beginCancelTicket(command: BeginCancelTicket): Promise<void> {
    return this.kitchen.beginCancelTicket(ticketId(command.orderId));
  }

  @HandlesCommand(UndoBeginCancelTicket)
  undoBeginCancelTicket(command: UndoBeginCancelTicket): Promise<void> {
    return this.kitchen.undoBeginCancelTicket(ticketId(command.orderId));
  }

  @HandlesCommand(ConfirmCancelTicket)
  confirmCancelTicket(command: ConfirmCancelTicket): Promise<void> {
    return this.kitchen.confirmCancelTicket(ticketId(command.orderId));
  }

  @HandlesCommand(BeginReviseTicket)
  beginReviseTicket(command: BeginReviseTicket): Promise<void> {
    return this.kitchen.beginReviseTicket(ticketId(command.orderId), command.lineItems);
  }

  @HandlesCommand(UndoBeginReviseTicket)
  undoBeginReviseTicket(command: UndoBeginReviseTicket): Promise<void> {
    return this.kitchen.undoBeginReviseTicket(ticketId(command.orderId));
  }

  @HandlesCommand(ConfirmReviseTicket)
  confirmReviseTicket(command: ConfirmReviseTicket): Promise<void> {
    return this.kitchen.confirmReviseTicket(ticketId(command.orderId));
  }
}
