import type { OrderId } from '@ftgo/ftgo';
import type { Transaction } from '@ftgo/messaging';

/** A line of an order's timeline. */
export interface TimelineLine {
  readonly n: number;
  readonly event: string;
  readonly at: Date;
  readonly toldBy: string;
}

/**
 * The timeline of an order as order-history-service stores it; empty for an unknown order. Nothing else reads this table, and
 * the service itself may be down when an operator asks.
 */
export async function readTimeline(transaction: Transaction, orderId: OrderId): Promise<TimelineLine[]> {
  const { rows } = await transaction.query<TimelineLine>({
    text: `SELECT n, event, occurred_at AS at, source AS "toldBy" FROM order_timeline WHERE order_id = $1 ORDER BY n`,
    values: [orderId],
  });
  return rows;
}
