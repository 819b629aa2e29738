import { Module } from '@nestjs/common';
import { NotificationCommandHandlers } from './notification.command-handlers.js';
import { NotificationHttpController } from './notification.http.controller.js';
import { Notifications } from './notifications.js';

@Module({
  controllers: [NotificationHttpController],
  providers: [Notifications, NotificationCommandHandlers],
})
export class NotificationModule {}
