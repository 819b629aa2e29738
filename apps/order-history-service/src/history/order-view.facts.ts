import type { AboutOrder } from '@ftgo/invariants';
import { type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { DeliveryStatus, OrderStatus, Source } from './order-view.js';
import type { StoredLine } from './order-view.repository.js';

interface ViewRow {
  readonly id: number;
  readonly consumerId: number | null;
  readonly restaurantId: number | null;
  readonly status: OrderStatus | null;
  readonly total: number | null;
  readonly lineItems: readonly StoredLine[] | null;
  readonly deliveryStatus: DeliveryStatus;
  readonly events: Readonly<Record<Source, number>>;
  /** The last event of the account about the order. */
  readonly accountEvent: keyof typeof authorizationAfter | null;
  /** Of the last one with an amount. */
  readonly amount: number | null;
}

const authorizationAfter = {
  CardAuthorized: 'AUTHORIZED',
  AuthorizationRevised: 'REVISED',
  AuthorizationReversed: 'REVERSED',
  AuthorizationCaptured: 'CAPTURED',
} as const;

/** Orders as the history shows them, and what the events in their timelines say. */
@Injectable()
export class OrderViewFacts extends FactSource {
  readonly about = 'orders';

  constructor(private readonly database: Database) {
    super();
  }

  async read({ after, until, limit }: FactRange): Promise<AboutOrder[]> {
    return (await this.database.query<ViewRow>(select, [after, until, limit])).map(factOf);
  }
}

const select = `SELECT v.order_id AS id, v.consumer_id AS "consumerId", v.restaurant_id AS "restaurantId", v.status,
    v.order_total AS total, v.line_items AS "lineItems", v.delivery_status AS "deliveryStatus", t.events,
    t.account_event AS "accountEvent", t.amount
  FROM (SELECT * FROM order_view WHERE order_id > $1 AND order_id <= $2 ORDER BY order_id LIMIT $3) AS v
  CROSS JOIN LATERAL (SELECT
      jsonb_build_object(
        'order', count(*) FILTER (WHERE source LIKE '/order-service/%'), 'ticket', count(*) FILTER (WHERE source LIKE '/kitchen-service/%'),
        'delivery', count(*) FILTER (WHERE source LIKE '/delivery-service/%'),
        'account', count(*) FILTER (WHERE source LIKE '/accounting-service/%')) AS events,
      (array_agg(event ORDER BY sequence DESC) FILTER (WHERE source LIKE '/accounting-service/%'))[1] AS account_event,
      (array_agg(round((details->>'amount')::numeric * 100)::bigint ORDER BY sequence DESC)
        FILTER (WHERE source LIKE '/accounting-service/%' AND details ? 'amount'))[1] AS amount
    FROM order_timeline WHERE order_id = v.order_id) AS t
  ORDER BY v.order_id`;

function factOf(row: ViewRow): AboutOrder {
  const { id, consumerId, restaurantId, status, total, lineItems, deliveryStatus, events, accountEvent, amount } = row;
  return {
    id,
    view: {
      status: status ?? undefined,
      deliveryStatus,
      consumerId: consumerId ?? undefined,
      restaurantId: restaurantId ?? undefined,
      total: total ?? undefined,
      lines: lineItems?.map(({ menuItemId, quantity }) => ({ menuItemId, quantity })),
      events,
      authorization: accountEvent === null ? undefined : { state: authorizationAfter[accountEvent], amount: amount ?? 0 },
    },
  };
}
