import type { ConsumerId } from '@ftgo/ftgo';
import { AnswersAnyId, dateTimeOutput, RespondsWith } from '@ftgo/platform';
import { consumerIdParam } from '@ftgo/rest/consumer';
import { Controller, Get, Param } from '@nestjs/common';
import { z } from 'zod';
import { Notifications } from './notifications.js';

const notificationsResponse = z
  .object({ notifications: z.array(z.object({ orderId: z.int(), kind: z.string(), text: z.string(), at: z.string() })) })
  .meta({ id: 'Notifications' });

@Controller('consumers/:consumerId/notifications')
export class NotificationHttpController {
  constructor(private readonly notifications: Notifications) {}

  @Get()
  @AnswersAnyId()
  @RespondsWith(notificationsResponse)
  async getNotifications(
    @Param('consumerId', { schema: consumerIdParam }) id: ConsumerId,
  ): Promise<z.output<typeof notificationsResponse>> {
    const notifications = await this.notifications.of(id);
    return { notifications: notifications.map((notification) => ({ ...notification, at: dateTimeOutput(notification.at) })) };
  }
}
