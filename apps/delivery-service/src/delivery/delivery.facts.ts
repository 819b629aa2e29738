import type { AboutOrder } from '@ftgo/invariants';
import { type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { DeliveryState, TicketProgress } from './delivery-state.js';

interface DeliveryRow {
  readonly id: number;
  readonly state: DeliveryState;
  readonly ticketProgress: TicketProgress;
  readonly restaurantId: number | null;
  readonly version: number;
}

/** Deliveries, also those whose order is not known yet; a delivery has the id of its order. */
@Injectable()
export class DeliveryFacts extends FactSource {
  readonly about = 'orders';

  constructor(private readonly database: Database) {
    super();
  }

  async read({ after, until, limit }: FactRange): Promise<AboutOrder[]> {
    const deliveries = await this.database.query<DeliveryRow>(
      `SELECT id, state, ticket_progress AS "ticketProgress", restaurant_id AS "restaurantId", version
       FROM deliveries WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3`,
      [after, until, limit],
    );
    return deliveries.map(({ id, restaurantId, ...delivery }) => ({
      id,
      delivery: { ...delivery, restaurantId: restaurantId ?? undefined },
    }));
  }
}
