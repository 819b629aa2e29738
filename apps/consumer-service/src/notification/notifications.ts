import type { NotificationKind } from '@ftgo/contracts/consumer';
import type { ConsumerId, OrderId } from '@ftgo/ftgo';
import { Access, Database, Metrics } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';

export interface Notification {
  readonly orderId: number;
  readonly kind: NotificationKind;
  readonly text: string;
  readonly at: Date;
}

/** Clients see only the most recent notifications. */
const shownAtOnce = 100;

/** Each consumer's notifications about their orders. */
@Injectable()
export class Notifications {
  private readonly ignored;

  constructor(
    private readonly database: Database,
    private readonly access: Access,
    metrics: Metrics,
  ) {
    this.ignored = metrics.counter('consumer_notifications_ignored_total', 'Notifications ignored because their consumer does not exist');
  }

  /** A one-way message has no reply, so one for an unknown consumer is only counted. */
  async note(consumer: ConsumerId, notification: { orderId: OrderId; kind: NotificationKind; text: string }): Promise<void> {
    const { orderId, kind, text } = notification;
    const noted = await this.database.query(
      `INSERT INTO notifications (consumer_id, order_id, kind, text)
       SELECT id, $2, $3, $4 FROM consumers WHERE id = $1
       RETURNING id`,
      [consumer, orderId, kind, text],
    );
    if (noted.length === 0) this.ignored.inc();
  }

  /** Newest first. */
  async of(consumer: ConsumerId): Promise<Notification[]> {
    if (!(await this.access.allows({ consumer }))) return [];
    return this.database.query<Notification>(
      `SELECT order_id AS "orderId", kind, text, noted_at AS at FROM notifications
       WHERE consumer_id = $1 ORDER BY id DESC LIMIT $2`,
      [consumer, shownAtOnce],
    );
  }
}
