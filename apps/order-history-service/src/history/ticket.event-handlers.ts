import {
  TicketAccepted,
  TicketCancelled,
  TicketCreated,
  TicketPickedUp,
  TicketPreparationCompleted,
  TicketPreparationStarted,
  TicketRevised,
} from '@ftgo/contracts/kitchen';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { OrderHistory } from './order-history.js';

/** A ticket has the id of its order. */
@Injectable()
export class TicketEventHandlers {
  constructor(private readonly history: OrderHistory) {}

  @HandlesEvent(
    TicketCreated,
    TicketAccepted,
    TicketPreparationStarted,
    TicketPreparationCompleted,
    TicketPickedUp,
    TicketCancelled,
    TicketRevised,
  )
  async noteWhatHappenedToTheTicket(_: object, message: IncomingMessage): Promise<void> {
    this.history.note('ticket', message);
  }
}
