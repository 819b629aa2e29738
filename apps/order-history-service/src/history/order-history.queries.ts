import type { ConsumerId, OrderId, RestaurantId } from '@ftgo/ftgo';
import { Money } from '@ftgo/kernel';
import { Access, Database, maxPageBytes, pageOf } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { OrderNotFound } from './order-history.errors.js';
import type { DeliveryStatus, OrderLine, OrderStatus } from './order-view.js';
import { linesOf, type StoredLine } from './order-view.repository.js';
import type { Place } from './page-cursor.js';

export interface HistoryOrder {
  readonly orderId: OrderId;
  readonly consumerId: ConsumerId;
  readonly restaurantId: RestaurantId;
  /** The restaurant's current name. */
  readonly restaurantName: string;
  readonly status: OrderStatus;
  readonly orderTotal: Money;
  readonly lineItems: readonly OrderLine[];
  readonly deliveryStatus: DeliveryStatus;
  /** When each kind of event last happened, in that order. */
  readonly transitions: ReadonlyArray<{ readonly event: string; readonly at: Date }>;
}

export interface OrderFilter {
  readonly consumerId: ConsumerId;
  readonly status?: OrderStatus | undefined;
  /** Every word of each keyword must occur in the restaurant's name, as it was at the time of the order or is now, or in an item's name. */
  readonly keywords: readonly string[];
  readonly since?: Date | undefined;
}

export interface OrderPage {
  readonly orders: readonly HistoryOrder[];
  /** The last order of this page if there are more, otherwise undefined. */
  readonly continueAfter: Place | undefined;
}

type Row = Omit<HistoryOrder, 'orderTotal' | 'lineItems' | 'transitions'> & {
  readonly createdAt: Date;
  readonly orderTotal: number;
  readonly lineItems: StoredLine[];
  readonly transitions: Record<string, string>;
  readonly bytes: number;
};

const select = `SELECT view.order_id AS "orderId", view.consumer_id AS "consumerId", view.restaurant_id AS "restaurantId",
    coalesce(restaurant.name, view.restaurant_name) AS "restaurantName", view.status, view.order_total AS "orderTotal",
    view.line_items AS "lineItems", view.delivery_status AS "deliveryStatus", view.created_at AS "createdAt", view.transitions,
    octet_length(view.line_items::text) + octet_length(view.transitions::text) + 2 * octet_length(view.restaurant_name) AS bytes
  FROM order_view AS view LEFT JOIN restaurants AS restaurant ON restaurant.id = view.restaurant_id`;

@Injectable()
export class OrderHistoryQueries {
  constructor(
    private readonly database: Database,
    private readonly access: Access,
  ) {}

  /** An order is unknown until its first event of its own. */
  async get(id: OrderId): Promise<HistoryOrder> {
    const [row] = await this.database.query<Row>(`${select} WHERE view.order_id = $1 AND view.created_at IS NOT NULL`, [id]);
    if (!row) throw new OrderNotFound(id);
    const { consumerId: consumer, restaurantId: restaurant } = row;
    await this.access.demand({ consumer, restaurant }, () => new OrderNotFound(id));
    return orderOf(row);
  }

  /** Newest first. */
  async find(filter: OrderFilter, page: { after: Place | undefined; size: number }): Promise<OrderPage> {
    const { consumerId, status, since, keywords } = filter;
    if (!(await this.access.allows({ consumer: consumerId }))) return { orders: [], continueAfter: undefined };
    // Rows beyond the page's size are not read, except for the first, which shows that there are more.
    const rows = await this.database.query<Row>(
      `SELECT * FROM (SELECT found.*, sum(bytes) OVER (ORDER BY "createdAt" DESC, "orderId" DESC) AS total FROM (
       ${select} WHERE view.consumer_id = $1 AND ($2::text IS NULL OR view.status = $2)
         AND ($3::timestamptz IS NULL OR view.created_at >= $3)
         AND ($4::text IS NULL OR (view.search || coalesce(restaurant.search, '')) @@ plainto_tsquery('simple', search_words($4)))
         AND ($5::timestamptz IS NULL OR (view.created_at, view.order_id) < ($5, $6::bigint))
       ORDER BY view.created_at DESC, view.order_id DESC LIMIT $7) AS found) AS sized
       WHERE total - bytes <= ${maxPageBytes} ORDER BY "createdAt" DESC, "orderId" DESC`,
      [
        consumerId,
        status ?? null,
        since ?? null,
        keywords.join(' ') || null,
        page.after?.createdAt ?? null,
        page.after?.orderId ?? null,
        page.size + 1,
      ],
    );
    const { items, hasMore } = pageOf(rows, { items: page.size }, ({ bytes }) => bytes);
    return { orders: items.map(orderOf), continueAfter: hasMore ? items.at(-1) : undefined };
  }
}

const orderOf = ({ orderTotal, lineItems, transitions, createdAt: _createdAt, bytes: _bytes, ...order }: Row): HistoryOrder => ({
  ...order,
  orderTotal: Money.ofMinorUnits(orderTotal),
  lineItems: linesOf(lineItems),
  transitions: Object.entries(transitions)
    .map(([event, at]) => ({ event, at: new Date(at) }))
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || a.event.localeCompare(b.event)),
});
