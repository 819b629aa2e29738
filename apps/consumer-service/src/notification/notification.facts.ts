import type { AboutOrder } from '@ftgo/invariants';
import { type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';

/** The notifications about orders. */
@Injectable()
export class NotificationFacts extends FactSource {
  readonly about = 'orders';

  constructor(private readonly database: Database) {
    super();
  }

  read({ after, until, limit }: FactRange): Promise<AboutOrder[]> {
    return this.database.query<AboutOrder>(
      `SELECT order_id AS id, array_agg(kind ORDER BY id) AS notifications FROM notifications
       WHERE order_id > $1 AND order_id <= $2 GROUP BY order_id ORDER BY order_id LIMIT $3`,
      [after, until, limit],
    );
  }
}
