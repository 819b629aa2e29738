import { type ConsumerId, erasedAddress, type OrderId } from '@ftgo/ftgo';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';

/**
 * Erases the delivery addresses in the orders of erased consumers, each once the order has ended, since the courier needs the
 * address until then.
 */
@Injectable()
export class Erasures {
  constructor(private readonly database: Database) {}

  /**
   * Notes that a consumer was erased. Each of its orders is locked, whether it has ended or not: a transaction that is about to
   * end an order either commits first, or finds the consumer here.
   */
  async eraseConsumer(id: ConsumerId): Promise<void> {
    await this.database.query('INSERT INTO erased_consumers (consumer_id) VALUES ($1) ON CONFLICT DO NOTHING', [id]);
    await this.database.query(
      `UPDATE orders SET delivery_address = CASE WHEN ${hasEnded} THEN $2::jsonb ELSE delivery_address END WHERE consumer_id = $1`,
      [id, JSON.stringify(erasedAddress)],
    );
  }

  /** Notes that an order was delivered. */
  async noteDelivered(id: OrderId): Promise<void> {
    await this.database.query('UPDATE orders SET is_delivered = true WHERE id = $1', [id]);
    await this.eraseEnded(id);
  }

  /** For an order that has ended in this transaction, which has locked it: erases its address if its consumer was erased. */
  async eraseEnded(id: OrderId): Promise<void> {
    await this.database.query(
      `UPDATE orders SET delivery_address = $2::jsonb
       WHERE id = $1 AND consumer_id IN (SELECT consumer_id FROM erased_consumers)`,
      [id, JSON.stringify(erasedAddress)],
    );
  }
}

const hasEnded = `(is_delivered OR state IN ('REJECTED', 'CANCELLED'))`;
