import type { OrderId } from '@ftgo/ftgo';
import { Outbox, Transactions } from '@ftgo/messaging';
import { annotateSpan } from '@ftgo/messaging/telemetry';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { Erasures } from '../erasure/erasures.js';
import { OrderNotFound } from './order.errors.js';
import { Order, type OrderEvent } from './order.js';
import { toMessage } from './order.messages.js';

@Injectable()
export class OrderRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
    private readonly erasures: Erasures,
  ) {}

  /** Locks the row until the transaction ends. */
  async getForUpdate(id: OrderId): Promise<Order> {
    const order = await this.database.table<Order>(Order).lock(this.transactions.current('locking an order'), id);
    if (!order) throw new OrderNotFound(id);
    return order;
  }

  async save(order: Order, events: readonly OrderEvent[]): Promise<void> {
    const transaction = this.transactions.current('saving an order');
    const orders = this.database.table<Order>(Order);
    order.version += events.length;
    await (order.id === undefined ? orders.insertNew(transaction, order) : orders.update(transaction, order));
    if (order.hasEnded) await this.erasures.eraseEnded(order.id);
    annotateSpan({ 'ftgo.order.id': String(order.id) });
    this.outbox.publish(
      order,
      events.map((event) => toMessage(order, event)),
    );
  }
}
