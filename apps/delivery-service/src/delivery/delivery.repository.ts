import type { Address, DeliveryId } from '@ftgo/ftgo';
import { Outbox, Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { DeliveryNotFound } from './delivery.errors.js';
import { Delivery, type DeliveryEvent } from './delivery.js';
import { toMessage } from './delivery.messages.js';

/** A delivery that only needs a courier. */
export interface WaitingDelivery {
  readonly id: DeliveryId;
  /** Where its restaurant is. */
  readonly pickupAddress: Address;
}

@Injectable()
export class DeliveryRepository {
  constructor(
    private readonly database: Database,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /** Locks the row until the transaction ends. One whose order is not known yet does not count. */
  async getForUpdate(id: DeliveryId): Promise<Delivery> {
    const delivery = await this.findForUpdate(id);
    if (!delivery || delivery.state === 'EXPECTED') throw new DeliveryNotFound(id);
    return delivery;
  }

  /** The same for whoever notes an event: the first one about an order makes the delivery. Nobody else can make it beside: see Dispatch. */
  async getOrExpectForUpdate(id: DeliveryId): Promise<Delivery> {
    return (await this.findForUpdate(id)) ?? Delivery.expected(id);
  }

  /** Those that can be scheduled once there is a courier, oldest first: order and ticket have come, and their restaurant is known. */
  findWaiting(limit: number): Promise<WaitingDelivery[]> {
    return this.database.query<WaitingDelivery>(
      `SELECT d.id, r.address AS "pickupAddress" FROM deliveries d JOIN restaurants r ON r.id = d.restaurant_id
       WHERE d.state = 'PENDING' AND d.ticket_progress <> 'UNKNOWN' ORDER BY d.id LIMIT $1`,
      [limit],
    );
  }

  async save(delivery: Delivery, events: readonly DeliveryEvent[]): Promise<void> {
    this.transactions.current('saving a delivery');
    delivery.version += events.length;
    await this.database.manager.save(delivery);
    this.outbox.publish(delivery, events.map(toMessage));
  }

  private async findForUpdate(id: DeliveryId): Promise<Delivery | undefined> {
    const delivery = await this.database.manager.findOne<Delivery>(Delivery, { where: { id }, lock: { mode: 'pessimistic_write' } });
    return delivery ?? undefined;
  }
}
