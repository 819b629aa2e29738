import { ConsumerCreated } from '@ftgo/contracts/consumer';
import { consumerId } from '@ftgo/ftgo';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { AccountingService } from './accounting.service.js';

@Injectable()
export class AccountEventHandlers {
  constructor(private readonly accounting: AccountingService) {}

  @HandlesEvent(ConsumerCreated)
  openAccountWhenConsumerCreated(_: ConsumerCreated, { subject }: IncomingMessage): Promise<void> {
    return this.accounting.openAccount(consumerId(Number(subject)));
  }
}
