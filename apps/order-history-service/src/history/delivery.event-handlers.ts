import { DeliveryCancelled, DeliveryDelivered, DeliveryPickedUp, DeliveryScheduled, DeliveryUnscheduled } from '@ftgo/contracts/delivery';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { OrderHistory } from './order-history.js';

/** A delivery has the id of its order, and is PENDING from the start. */
@Injectable()
export class DeliveryEventHandlers {
  constructor(private readonly history: OrderHistory) {}

  @HandlesEvent(DeliveryScheduled)
  async showScheduled(_: DeliveryScheduled, message: IncomingMessage): Promise<void> {
    this.history.note('delivery', message, { deliveryStatus: 'SCHEDULED' });
  }

  @HandlesEvent(DeliveryUnscheduled)
  async showPending(_: DeliveryUnscheduled, message: IncomingMessage): Promise<void> {
    this.history.note('delivery', message, { deliveryStatus: 'PENDING' });
  }

  @HandlesEvent(DeliveryPickedUp)
  async showPickedUp(_: DeliveryPickedUp, message: IncomingMessage): Promise<void> {
    this.history.note('delivery', message, { deliveryStatus: 'PICKED_UP' });
  }

  @HandlesEvent(DeliveryDelivered)
  async showDelivered(_: DeliveryDelivered, message: IncomingMessage): Promise<void> {
    this.history.note('delivery', message, { deliveryStatus: 'DELIVERED' });
  }

  @HandlesEvent(DeliveryCancelled)
  async showCancelled(_: DeliveryCancelled, message: IncomingMessage): Promise<void> {
    this.history.note('delivery', message, { deliveryStatus: 'CANCELLED' });
  }
}
