import { AuthorizationCaptured, AuthorizationReversed, AuthorizationRevised, CardAuthorized } from '@ftgo/contracts/accounting';
import { orderId } from '@ftgo/ftgo';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { OrderHistory } from './order-history.js';

/** The events belong to the consumer's account; each names its order. */
@Injectable()
export class AuthorizationEventHandlers {
  constructor(private readonly history: OrderHistory) {}

  @HandlesEvent(CardAuthorized, AuthorizationRevised, AuthorizationReversed, AuthorizationCaptured)
  async noteWhatHappenedToTheAuthorization(
    authorization: CardAuthorized | AuthorizationRevised | AuthorizationReversed | AuthorizationCaptured,
    message: IncomingMessage,
  ): Promise<void> {
    this.history.noteAbout(orderId(authorization.orderId), 'account', message);
  }
}
