import type { Address, DeliveryId } from '@ftgo/ftgo';
import { Outbox, Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { DeliveryNotFound } from './delivery.errors.js';
import { Delivery, type DeliveryEvent } from './delivery.js';
import { toMessage } from './delivery.messages.js';

/** A delivery that needs only a courier. */
export interface WaitingDelivery {
  readonly id: DeliveryId;
  /** The address of its restaurant. */
  readonly pickupAddress: Address;
}

@Injectable()
export class DeliveryRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /** Locks the row until the transaction ends. A delivery whose order is not known yet is not found. */
  async getForUpdate(id: DeliveryId): Promise<Delivery> {
    const delivery = await this.findForUpdate(id);
    if (!delivery || delivery.state === 'EXPECTED') throw new DeliveryNotFound(id);
    return delivery;
  }

  /**
   * The same for event handlers: the first event about an order creates the delivery. The lock in Dispatch prevents a
   * concurrent insert.
   */
  async getOrExpectForUpdate(id: DeliveryId): Promise<Delivery> {
    return (await this.findForUpdate(id)) ?? Delivery.expected(id);
  }

  /** Deliveries that need only a courier, oldest first: order and ticket events have arrived, and the restaurant is known. */
  findWaiting(limit: number): Promise<WaitingDelivery[]> {
    return this.database.query<WaitingDelivery>(
      `SELECT d.id, r.address AS "pickupAddress" FROM deliveries d JOIN restaurants r ON r.id = d.restaurant_id
       WHERE d.state = 'PENDING' AND d.ticket_progress <> 'UNKNOWN' ORDER BY d.id LIMIT $1`,
      [limit],
    );
  }

  async save(delivery: Delivery, events: readonly DeliveryEvent[]): Promise<void> {
    const transaction = this.transactions.current('saving a delivery');
    delivery.version += events.length;
    await this.database.table<Delivery>(Delivery).put(transaction, delivery);
    this.outbox.publish(delivery, events.map(toMessage));
  }

  private findForUpdate(id: DeliveryId): Promise<Delivery | undefined> {
    return this.database.table<Delivery>(Delivery).lock(this.transactions.current('locking a delivery'), id);
  }
}
