import { CancelCreateTicket, ConfirmCreateTicket, CreateTicket, type CreateTicketReply } from '@ftgo/contracts/kitchen';
import { orderId, restaurantId } from '@ftgo/kernel';
import { HandlesCommand } from '@ftgo/messaging';
import { Injectable } from '@nestjs/common';
import { KitchenService } from './kitchen.service.js';

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
}
