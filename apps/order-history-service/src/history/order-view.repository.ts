import type { OrderId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import type { Transaction } from '@ftgo/messaging';
import { Injectable } from '@nestjs/common';
import type { HistoryEvent, OrderLine, OrderView } from './order-view.js';

/** An event of an order's timeline, numbered from 1. */
export interface TimelineEntry extends Pick<HistoryEvent, 'orderId' | 'sequence' | 'event' | 'at'> {
  readonly n: number;
  /** The aggregate that published it: `/kitchen-service/tickets/17`. */
  readonly publisher: string;
  readonly eventId: string;
  readonly details: unknown;
  /** Who caused the event; null if that is unknown. */
  readonly actor: string | null;
}

export type StoredLine = Omit<OrderLine, 'price'> & { readonly price: number };

export const linesOf = (stored: readonly StoredLine[]): OrderLine[] =>
  stored.map((line) => ({ ...line, price: Money.ofMinorUnits(line.price) }));

type Row = {
  readonly [Name in keyof OrderView]: Name extends 'lineItems' | 'orderTotal' | 'transitions' ? unknown : OrderView[Name] | null;
} & {
  readonly orderId: OrderId;
  readonly orderTotal: number | null;
  readonly lineItems: StoredLine[] | null;
  readonly transitions: Record<string, string>;
};

@Injectable()
export class OrderViewRepository {
  /**
   * Locks the views of these orders until the transaction ends, and creates those of unknown orders. Every caller locks
   * all the views that a transaction needs in one statement and in the order of their ids, so that two topics about the
   * same orders wait for each other but never deadlock.
   */
  async lock(transaction: Transaction, ids: readonly OrderId[]): Promise<Map<OrderId, OrderView>> {
    const values = [ids];
    await transaction.postpone({ name: 'order-view-begin', text: begin, values });
    const { rows } = await transaction.query<Row>({ name: 'order-view-lock', text: lock, values });
    return new Map(rows.map((row) => [row.orderId, viewOf(row)]));
  }

  /** When the last event of a publisher about an order was sent; undefined if there is none. */
  async lastSent(transaction: Transaction, id: OrderId, publisher: string): Promise<Date | undefined> {
    const { rows } = await transaction.query<{ at: Date | null }>({
      name: 'order-timeline-last-sent',
      text: lastSent,
      values: [id, publisher],
    });
    return rows[0]?.at ?? undefined;
  }

  /** Writes locked views and the additions to their timelines. */
  async save(transaction: Transaction, views: readonly OrderView[], entries: readonly TimelineEntry[]): Promise<void> {
    await transaction.postpone({ name: 'order-view-write', text: write, values: [JSON.stringify(views.map(storedView))] });
    await transaction.postpone({ name: 'order-timeline-append', text: append, values: [JSON.stringify(entries)] });
  }
}

const begin = `INSERT INTO order_view (order_id) SELECT id FROM unnest($1::bigint[]) AS id ORDER BY id ON CONFLICT DO NOTHING`;

const lock = `SELECT order_id AS "orderId", consumer_id AS "consumerId", restaurant_id AS "restaurantId",
    restaurant_name AS "restaurantName", status, order_total AS "orderTotal", line_items AS "lineItems",
    delivery_status AS "deliveryStatus", created_at AS "createdAt", transitions, seen, timeline_length AS "timelineLength"
  FROM order_view WHERE order_id = ANY ($1::bigint[]) ORDER BY order_id FOR UPDATE`;

const write = `UPDATE order_view AS view SET
    consumer_id = changed."consumerId", restaurant_id = changed."restaurantId", restaurant_name = changed."restaurantName",
    status = changed.status, order_total = changed."orderTotal", line_items = changed."lineItems",
    delivery_status = changed."deliveryStatus", created_at = changed."createdAt", transitions = changed.transitions,
    seen = changed.seen, timeline_length = changed."timelineLength"
  FROM jsonb_to_recordset($1::jsonb) AS changed("orderId" bigint, "consumerId" bigint, "restaurantId" bigint,
    "restaurantName" text, status text, "orderTotal" bigint, "lineItems" jsonb, "deliveryStatus" text,
    "createdAt" timestamptz, transitions jsonb, seen jsonb, "timelineLength" integer)
  WHERE view.order_id = changed."orderId"`;

const lastSent = 'SELECT max(occurred_at) AS at FROM order_timeline WHERE order_id = $1 AND source = $2';

const append = `INSERT INTO order_timeline (order_id, n, event, source, sequence, occurred_at, event_id, details, actor)
  SELECT "orderId", n, event, "publisher", sequence, at, "eventId", details, actor
  FROM jsonb_to_recordset($1::jsonb) AS entry("orderId" bigint, n integer, event text, "publisher" text, sequence bigint,
    at timestamptz, "eventId" text, details jsonb, actor text)`;

function viewOf(row: Row): OrderView {
  const known = Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as unknown as OrderView;
  return {
    ...known,
    orderTotal: row.orderTotal === null ? undefined : Money.ofMinorUnits(row.orderTotal),
    lineItems: row.lineItems === null ? undefined : linesOf(row.lineItems),
    transitions: Object.fromEntries(Object.entries(row.transitions).map(([event, at]) => [event, new Date(at)])),
  };
}

const storedView = (view: OrderView): object => ({
  ...view,
  orderTotal: view.orderTotal?.minorUnits,
  lineItems: view.lineItems?.map((line) => ({ ...line, price: line.price.minorUnits })),
});
