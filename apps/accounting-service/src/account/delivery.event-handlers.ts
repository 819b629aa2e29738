import { DeliveryDelivered } from '@ftgo/contracts/delivery';
import { orderId } from '@ftgo/ftgo';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { AccountingService } from './accounting.service.js';

@Injectable()
export class DeliveryEventHandlers {
  constructor(private readonly accounting: AccountingService) {}

  /** A delivery has the id of its order. */
  @HandlesEvent(DeliveryDelivered)
  captureAuthorizationWhenOrderWasDelivered(_: DeliveryDelivered, { subject }: IncomingMessage): Promise<void> {
    return this.accounting.captureAuthorization(orderId(Number(subject)));
  }
}
