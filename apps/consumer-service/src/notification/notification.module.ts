import { Module } from '@nestjs/common';
import { NotificationCommandHandlers } from './notification.command-handlers.js';
import { NotificationFacts } from './notification.facts.js';
import { NotificationHttpController } from './notification.http.controller.js';
import { Notifications } from './notifications.js';

@Module({
  controllers: [NotificationHttpController],
  providers: [Notifications, NotificationCommandHandlers, NotificationFacts],
})
export class NotificationModule {}
