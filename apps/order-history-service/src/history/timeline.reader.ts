import type { OrderId } from '@ftgo/kernel';
import type { Transaction } from '@ftgo/messaging';
import type { TimelineEntry } from './order-view.repository.js';

/** What is known of an order, event by event; empty for one that nobody has told of. */
export async function readTimeline(transaction: Transaction, orderId: OrderId): Promise<TimelineEntry[]> {
  const { rows } = await transaction.query<TimelineEntry>({
    text: `SELECT order_id::float8 AS "orderId", n, event, source AS "toldBy", sequence::float8 AS sequence, occurred_at AS at,
        event_id AS "eventId", details
      FROM order_timeline WHERE order_id = $1 ORDER BY n`,
    values: [orderId],
  });
  return rows;
}
