import {
  TicketAccepted,
  TicketCancelled,
  TicketPickedUp,
  TicketPreparationCompleted,
  TicketPreparationStarted,
} from '@ftgo/contracts/kitchen';
import { OrderCancelled, OrderCreated, OrderRejected } from '@ftgo/contracts/order';
import { type DeliveryId, deliveryId, restaurantId } from '@ftgo/ftgo';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { DeliveryService } from './delivery.service.js';

/**
 * Orders and tickets have separate topics, so events about one order arrive in any order. A delivery has the id of its
 * order and ticket.
 */
@Injectable()
export class DeliveryEventHandlers {
  constructor(private readonly deliveries: DeliveryService) {}

  @HandlesEvent(OrderCreated)
  createDeliveryWhenOrderWasCreated(order: OrderCreated, message: IncomingMessage): Promise<void> {
    return this.deliveries.noteOrderCreated(deliveryOf(message), { ...order, restaurantId: restaurantId(order.restaurantId) });
  }

  @HandlesEvent(OrderRejected, OrderCancelled)
  cancelDeliveryWhenOrderEnded(_: OrderRejected | OrderCancelled, message: IncomingMessage): Promise<void> {
    return this.deliveries.callOff(deliveryOf(message));
  }

  @HandlesEvent(TicketCancelled)
  cancelDeliveryWhenTicketWasCancelled(_: TicketCancelled, message: IncomingMessage): Promise<void> {
    return this.deliveries.callOff(deliveryOf(message));
  }

  @HandlesEvent(TicketAccepted)
  scheduleDeliveryWhenTicketWasAccepted({ readyBy }: TicketAccepted, message: IncomingMessage): Promise<void> {
    return this.deliveries.noteTicketAccepted(deliveryOf(message), readyBy);
  }

  @HandlesEvent(TicketPreparationStarted)
  noteTicketInPreparation(_: TicketPreparationStarted, message: IncomingMessage): Promise<void> {
    return this.deliveries.noteTicket(deliveryOf(message), 'PREPARING');
  }

  @HandlesEvent(TicketPreparationCompleted)
  allowPickupWhenTicketIsReady(_: TicketPreparationCompleted, message: IncomingMessage): Promise<void> {
    return this.deliveries.noteTicket(deliveryOf(message), 'READY_FOR_PICKUP');
  }

  @HandlesEvent(TicketPickedUp)
  noteTicketPickedUp(_: TicketPickedUp, message: IncomingMessage): Promise<void> {
    return this.deliveries.noteTicket(deliveryOf(message), 'PICKED_UP');
  }
}

const deliveryOf = ({ subject }: IncomingMessage): DeliveryId => deliveryId(Number(subject));
