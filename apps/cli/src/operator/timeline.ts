import type { OrderId } from '@ftgo/ftgo';
import type { Transaction } from '@ftgo/messaging';

/** A line of an order's timeline. */
export interface TimelineLine {
  readonly n: number;
  readonly event: string;
  readonly at: Date;
  readonly source: string;
}

/**
 * The timeline of an order as stored by order-history-service; empty for an unknown order. Read from the database,
 * because no API returns it and the service itself may be down.
 */
export async function readTimeline(transaction: Transaction, orderId: OrderId): Promise<TimelineLine[]> {
  const { rows } = await transaction.query<TimelineLine>({
    text: `SELECT n, event, occurred_at AS at, source FROM order_timeline WHERE order_id = $1 ORDER BY n`,
    values: [orderId],
  });
  return rows;
}
