import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { Restaurant } from './restaurant.js';

@Injectable()
export class RestaurantRepository {
  constructor(private readonly database: Database) {}

  /** Keeps the restaurant if it is newer than what is known; returns the sequence that it replaced, 0 for a new one, undefined if it is old. */
  async replace({ id, address, sequence }: Restaurant): Promise<number | undefined> {
    const [replaced] = await this.database.query<{ before: number | null }>(
      `INSERT INTO restaurants (id, address, sequence) VALUES ($1, $2, $3)
       ON CONFLICT (id) DO UPDATE SET address = excluded.address, sequence = excluded.sequence
       WHERE restaurants.sequence < excluded.sequence
       RETURNING old.sequence AS before`,
      [id, JSON.stringify(address), sequence],
    );
    return replaced && (replaced.before ?? 0);
  }
}
