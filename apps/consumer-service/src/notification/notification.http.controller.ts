import type { ConsumerId } from '@ftgo/ftgo';
import { Allow, AnswersAnyId, dateTimeOutput, RespondsWith, Summary } from '@ftgo/platform';
import { consumerIdParam } from '@ftgo/rest/consumer';
import { Controller, Get, Param } from '@nestjs/common';
import { z } from 'zod';
import { Notifications } from './notifications.js';

const notificationsResponse = z
  .object({ notifications: z.array(z.object({ orderId: z.int(), kind: z.string(), text: z.string(), at: z.string() })) })
  .meta({
    id: 'Notifications',
    example: { notifications: [{ orderId: 1, kind: 'APPROVED', text: 'Your order 1 has been approved.', at: '2030-01-01T18:00:00.090' }] },
  });

@Controller('consumers/:consumerId/notifications')
export class NotificationHttpController {
  constructor(private readonly notifications: Notifications) {}

  @Allow('consumer', 'operator', 'service')
  @Get()
  @Summary('Get the notifications of a consumer')
  @AnswersAnyId()
  @RespondsWith(notificationsResponse)
  async getNotifications(
    @Param('consumerId', { schema: consumerIdParam }) id: ConsumerId,
  ): Promise<z.output<typeof notificationsResponse>> {
    const notifications = await this.notifications.of(id);
    return { notifications: notifications.map((notification) => ({ ...notification, at: dateTimeOutput(notification.at) })) };
  }
}
