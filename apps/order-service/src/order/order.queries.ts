import type { Address, ConsumerId, OrderId, RestaurantId } from '@ftgo/ftgo';
import type { Money } from '@ftgo/kernel';
import { Access, batchOf, Database, maxBatch, type Owners, type Versioned } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { OrderNotFound } from './order.errors.js';
import type { LastRefusal, Refusal } from './order.js';
import { type LastRefusalRow, lastRefusalOf, lineItemsOf, type OrderLineRow } from './order.schema.js';
import type { OrderLine } from './order-line-items.js';
import type { OrderState } from './order-state.js';

export interface OrderView {
  readonly orderId: OrderId;
  readonly state: OrderState;
  readonly orderTotal: Money;
  readonly consumerId: ConsumerId;
  readonly restaurantId: RestaurantId;
  readonly lineItems: readonly OrderLine[];
  readonly deliveryAddress: Address;
  readonly deliveryTime: Date;
  readonly version: number;
  readonly rejection: Refusal | undefined;
  readonly lastRefusal: LastRefusal | undefined;
}

interface OrderRow extends Omit<OrderView, 'orderTotal' | 'lineItems' | 'rejection' | 'lastRefusal'> {
  readonly lineItems: OrderLineRow[];
  readonly rejection: Refusal | null;
  readonly lastRefusal: LastRefusalRow | null;
}

@Injectable()
export class OrderQueries {
  constructor(
    private readonly database: Database,
    private readonly access: Access,
  ) {}

  async get(id: OrderId): Promise<OrderView> {
    const [order] = await this.findAll([id]);
    if (!order) throw new OrderNotFound(id);
    await this.access.demand(ownersOf(order), () => new OrderNotFound(id));
    return order;
  }

  /** Those of the orders that exist and belong to the caller, sorted by id. */
  async findOwn(ids: readonly OrderId[]): Promise<OrderView[]> {
    const orders = batchOf(await this.findAll(ids, maxBatch + 1));
    return this.access.own(orders, ownersOf);
  }

  /** The orders that exist, sorted by id. */
  async findAll(ids: readonly OrderId[], limit?: number): Promise<OrderView[]> {
    const rows = await this.database.query<OrderRow>(
      `SELECT id AS "orderId", state, consumer_id AS "consumerId", restaurant_id AS "restaurantId", line_items AS "lineItems",
         delivery_address AS "deliveryAddress", delivery_time AS "deliveryTime", version, rejection, last_refusal AS "lastRefusal"
       FROM orders WHERE id = ANY ($1::bigint[]) ORDER BY id LIMIT $2`,
      [ids, limit ?? null],
    );
    return rows.map(viewOf);
  }

  versions(ids: readonly OrderId[]): Promise<Array<Versioned<OrderId>>> {
    return this.database.query('SELECT id, version FROM orders WHERE id = ANY ($1::bigint[])', [ids]);
  }
}

const ownersOf = ({ consumerId, restaurantId }: OrderView): Owners => ({ consumer: consumerId, restaurant: restaurantId });

function viewOf(row: OrderRow): OrderView {
  const { lines, total } = lineItemsOf(row.lineItems);
  return {
    ...row,
    lineItems: lines,
    orderTotal: total,
    rejection: row.rejection ?? undefined,
    lastRefusal: row.lastRefusal ? lastRefusalOf(row.lastRefusal) : undefined,
  };
}
