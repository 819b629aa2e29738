import type { CourierId } from '@ftgo/ftgo';
import { Transactions } from '@ftgo/messaging';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { CourierNotFound } from './courier.errors.js';
import { Courier } from './courier.js';

@Injectable()
export class CourierRepository {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {}

  async getForUpdate(id: CourierId): Promise<Courier> {
    const courier = await this.findForUpdate(id);
    if (!courier) throw new CourierNotFound(id);
    return courier;
  }

  /** Locks the row until the transaction ends. */
  findForUpdate(id: CourierId): Promise<Courier | undefined> {
    return this.database.table<Courier>(Courier).lock(this.transactions.current('locking a courier'), id);
  }

  /** The available courier with the fewest open actions; ties are broken by the smallest id. */
  async findLeastBusyForUpdate(): Promise<Courier | undefined> {
    const [row] = await this.database.query<{ id: CourierId }>(
      'SELECT id FROM couriers WHERE available ORDER BY jsonb_array_length(plan), id LIMIT 1 FOR UPDATE',
    );
    return row && this.getForUpdate(row.id);
  }

  /** An unavailable courier who still has deliveries that are not picked up. */
  async findToRelieve(): Promise<CourierId | undefined> {
    const [row] = await this.database.query<{ id: CourierId }>(
      `SELECT id FROM couriers WHERE NOT available AND plan @> '[{"type": "PICKUP"}]' ORDER BY id LIMIT 1`,
    );
    return row?.id;
  }

  async save(courier: Courier): Promise<void> {
    await this.database.table<Courier>(Courier).put(this.transactions.current('saving a courier'), courier);
  }
}
