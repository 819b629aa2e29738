import { ConsumerErased } from '@ftgo/contracts/consumer';
import { DeliveryDelivered } from '@ftgo/contracts/delivery';
import { consumerId, orderId } from '@ftgo/ftgo';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { Erasures } from './erasures.js';

@Injectable()
export class ErasureEventHandlers {
  constructor(private readonly erasures: Erasures) {}

  @HandlesEvent(ConsumerErased)
  eraseAddressesWhenConsumerWasErased(_: ConsumerErased, { subject }: IncomingMessage): Promise<void> {
    return this.erasures.eraseConsumer(consumerId(Number(subject)));
  }

  /** A delivery has the id of its order. */
  @HandlesEvent(DeliveryDelivered)
  noteThatOrderWasDelivered(_: DeliveryDelivered, { subject }: IncomingMessage): Promise<void> {
    return this.erasures.noteDelivered(orderId(Number(subject)));
  }
}
