import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { Restaurant } from './restaurant.js';

@Injectable()
export class RestaurantRepository {
  constructor(private readonly database: Database) {}

  /**
   * Keeps the restaurant if it is newer than what is known (or, to put right what went wrong, as new); returns the
   * sequence that it replaced, 0 for a new one, undefined if it is old.
   */
  async replace({ id, address, sequence }: Restaurant, isRepair = false): Promise<number | undefined> {
    const [replaced] = await this.database.query<{ before: number | null }>(
      `WITH known AS MATERIALIZED (SELECT sequence FROM restaurants WHERE id = $1 FOR UPDATE),
         before AS MATERIALIZED (SELECT max(sequence) AS sequence FROM known)
       INSERT INTO restaurants (id, address, sequence) SELECT $1::bigint, $2::jsonb, $3::bigint FROM before
       ON CONFLICT (id) DO UPDATE SET address = excluded.address, sequence = excluded.sequence
       WHERE restaurants.sequence < excluded.sequence OR ($4 AND restaurants.sequence = excluded.sequence)
       RETURNING (SELECT before.sequence FROM before) AS before`,
      [id, JSON.stringify(address), sequence, isRepair],
    );
    return replaced && (replaced.before ?? 0);
  }
}
