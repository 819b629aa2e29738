import type { AboutOrder, SagaFact } from '@ftgo/invariants';
import { type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { lineItemsOf, type OrderLineRow } from './order.schema.js';
import type { OrderState } from './order-state.js';

interface OrderRow {
  readonly id: number;
  readonly state: OrderState;
  readonly consumerId: number;
  readonly restaurantId: number;
  readonly lineItems: OrderLineRow[];
  readonly version: number;
}

type SagaRow = SagaFact & { readonly orderId: number; readonly problem: string | null; readonly overdueSeconds: number | null };

/** Orders, and the sagas that work on them. */
@Injectable()
export class OrderFacts extends FactSource {
  readonly about = 'orders';

  constructor(private readonly database: Database) {
    super();
  }

  async read({ after, until, limit }: FactRange): Promise<AboutOrder[]> {
    const orders = await this.database.query<OrderRow>(
      `SELECT id, state, consumer_id AS "consumerId", restaurant_id AS "restaurantId", line_items AS "lineItems", version
       FROM orders WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3`,
      [after, until, limit],
    );
    const last = orders.length < limit ? until : (orders.at(-1)?.id ?? until);
    const facts = new Map<number, AboutOrder>(orders.map((order) => [order.id, factOf(order)]));
    for (const { orderId: id, problem, overdueSeconds, ...saga } of await this.sagas(after, last)) {
      const fact = facts.get(id) ?? { id, sagas: [] };
      fact.sagas?.push({ ...saga, problem: problem ?? undefined, overdueSeconds: overdueSeconds ?? undefined });
      facts.set(id, fact);
    }
    return [...facts.values()].toSorted((one, other) => one.id - other.id);
  }

  /** Those in progress, and any that left a deadline behind; both are few. */
  private sagas(after: number, until: number): Promise<SagaRow[]> {
    return this.database.query<SagaRow>(
      `SELECT i.id, i.saga, i.status, i.step, i.problem, (i.state->>'orderId')::bigint AS "orderId",
         extract(epoch FROM clock_timestamp() - greatest(d.due_at, c.resumed_at + d.deadline_ms * interval '1 ms'))::float8
           AS "overdueSeconds",
         c.ticked_at > clock_timestamp() - interval '5 s' AS "isClockRunning"
       FROM saga_instance i LEFT JOIN saga_deadline d ON d.saga_id = i.id CROSS JOIN saga_clock c
       WHERE i.id IN (SELECT id FROM saga_instance WHERE ended_at IS NULL UNION SELECT saga_id FROM saga_deadline)
         AND (i.state->>'orderId')::bigint > $1 AND (i.state->>'orderId')::bigint <= $2
       ORDER BY i.id`,
      [after, until],
    );
  }
}

function factOf({ id, lineItems, ...order }: OrderRow): AboutOrder {
  const { lines, total } = lineItemsOf(lineItems);
  return {
    id,
    order: { ...order, total: total.minorUnits, lines: lines.map(({ menuItemId, quantity }) => ({ menuItemId, quantity })) },
    sagas: [],
  };
}
