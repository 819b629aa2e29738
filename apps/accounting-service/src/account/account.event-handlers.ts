import { ConsumerCreated } from '@ftgo/contracts/consumer';
import { consumerId } from '@ftgo/ftgo';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Ownership } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { AccountingService } from './accounting.service.js';

@Injectable()
export class AccountEventHandlers {
  constructor(
    private readonly accounting: AccountingService,
    private readonly ownership: Ownership,
  ) {}

  @HandlesEvent(ConsumerCreated)
  async openAccountWhenConsumerCreated({ owner }: ConsumerCreated, { subject }: IncomingMessage): Promise<void> {
    const id = consumerId(Number(subject));
    if (owner !== undefined) await this.ownership.assign({ kind: 'consumer', id }, owner);
    await this.accounting.openAccount(id);
  }
}
