import { ConsumerCreated } from '@ftgo/contracts/consumer';
import type { IncomingMessage } from '@ftgo/messaging';
import { HandlesEvent } from '@ftgo/messaging-nest';
import { Ownership } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';

@Injectable()
export class ConsumerEventHandlers {
  constructor(private readonly ownership: Ownership) {}

  @HandlesEvent(ConsumerCreated)
  async noteOwnerWhenConsumerCreated({ owner }: ConsumerCreated, { subject }: IncomingMessage): Promise<void> {
    if (owner !== undefined) await this.ownership.assign({ kind: 'consumer', id: Number(subject) }, owner);
  }
}
