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
import { orderId, restaurantId } from '@ftgo/ftgo';
import { HandlesCommand } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { KitchenService } from './kitchen.service.js';

/** What the sagas of orders ask for; a ticket has the id of its order. */
@Injectable()
export class TicketCommandHandlers {
  constructor(private readonly kitchen: KitchenService) {}

  @HandlesCommand(CreateTicket)
  async createTicket(command: CreateTicket): Promise<CreateTicketReply> {
    const ticketId = orderId(command.orderId);
    await this.kitchen.createTicket({ ...command, ticketId, restaurantId: restaurantId(command.restaurantId) });
    return { ticketId };
  }

  @HandlesCommand(ConfirmCreateTicket)
  confirmCreateTicket({ ticketId }: ConfirmCreateTicket): Promise<void> {
    return this.kitchen.confirmCreateTicket(orderId(ticketId));
  }

  @HandlesCommand(CancelCreateTicket)
  cancelCreateTicket({ ticketId }: CancelCreateTicket): Promise<void> {
    return this.kitchen.cancelCreateTicket(orderId(ticketId));
  }

  @HandlesCommand(BeginCancelTicket)
  beginCancelTicket(command: BeginCancelTicket): Promise<void> {
    return this.kitchen.beginCancelTicket(orderId(command.orderId));
  }

  @HandlesCommand(UndoBeginCancelTicket)
  undoBeginCancelTicket(command: UndoBeginCancelTicket): Promise<void> {
    return this.kitchen.undoBeginCancelTicket(orderId(command.orderId));
  }

  @HandlesCommand(ConfirmCancelTicket)
  confirmCancelTicket(command: ConfirmCancelTicket): Promise<void> {
    return this.kitchen.confirmCancelTicket(orderId(command.orderId));
  }

  @HandlesCommand(BeginReviseTicket)
  beginReviseTicket(command: BeginReviseTicket): Promise<void> {
    return this.kitchen.beginReviseTicket(orderId(command.orderId), command.lineItems);
  }

  @HandlesCommand(UndoBeginReviseTicket)
  undoBeginReviseTicket(command: UndoBeginReviseTicket): Promise<void> {
    return this.kitchen.undoBeginReviseTicket(orderId(command.orderId));
  }

  @HandlesCommand(ConfirmReviseTicket)
  confirmReviseTicket(command: ConfirmReviseTicket): Promise<void> {
    return this.kitchen.confirmReviseTicket(orderId(command.orderId));
  }
}
