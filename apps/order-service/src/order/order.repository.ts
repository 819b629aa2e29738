import type { OrderId } from '@ftgo/ftgo';
import { Outbox, Transactions } from '@ftgo/messaging';
import { annotateSpan } from '@ftgo/messaging/telemetry';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { OrderNotFound } from './order.errors.js';
import { Order, type OrderEvent } from './order.js';
import { toMessage } from './order.messages.js';

@Injectable()
export class OrderRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /** Locks the row until the transaction ends: TypeORM's version column does not protect against a stale copy. */
  async getForUpdate(id: OrderId): Promise<Order> {
    const order = await this.database.manager.findOne<Order>(Order, { where: { id }, lock: { mode: 'pessimistic_write' } });
    if (!order) throw new OrderNotFound(id);
    return order;
  }

  async save(order: Order, events: readonly OrderEvent[]): Promise<void> {
    this.transactions.current('saving an order');
    order.version += events.length;
    await this.database.manager.save(order);
    annotateSpan({ 'ftgo.order.id': String(order.id) });
    this.outbox.publish(
      order,
      events.map((event) => toMessage(order, event)),
    );
  }
}
