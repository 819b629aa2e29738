import { DeliveryPickedUp } from '@ftgo/contracts/delivery';
import { ticketId } from '@ftgo/ftgo';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { KitchenService } from './kitchen.service.js';

@Injectable()
export class DeliveryEventHandlers {
  constructor(private readonly kitchen: KitchenService) {}

  /** A delivery has the id of its order, which is also that of the ticket. */
  @HandlesEvent(DeliveryPickedUp)
  handOverTicketWhenDeliveryWasPickedUp(_: DeliveryPickedUp, { subject }: IncomingMessage): Promise<void> {
    return this.kitchen.noteHandedOver(ticketId(Number(subject)));
  }
}
