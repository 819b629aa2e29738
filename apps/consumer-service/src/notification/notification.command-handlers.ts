import { NotifyConsumer } from '@ftgo/contracts/consumer';
import { consumerId, orderId } from '@ftgo/ftgo';
import { HandlesCommand } from '@ftgo/messaging-nest';
import { Injectable } from '@nestjs/common';
import { Notifications } from './notifications.js';

@Injectable()
export class NotificationCommandHandlers {
  constructor(private readonly notifications: Notifications) {}

  @HandlesCommand(NotifyConsumer)
  notifyConsumer(command: NotifyConsumer): Promise<void> {
    const { kind, text } = command;
    return this.notifications.note(consumerId(command.consumerId), { orderId: orderId(command.orderId), kind, text });
  }
}
