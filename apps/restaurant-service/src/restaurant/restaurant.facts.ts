import type { AboutRestaurant } from '@ftgo/invariants';
import { type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';

@Injectable()
export class RestaurantFacts extends FactSource {
  readonly about = 'restaurants';

  constructor(private readonly database: Database) {
    super();
  }

  async read({ after, until, limit }: FactRange): Promise<AboutRestaurant[]> {
    const restaurants = await this.database.query<{ id: number; version: number }>(
      'SELECT id, version FROM restaurants WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3',
      [after, until, limit],
    );
    return restaurants.map(({ id, version }) => ({ id, restaurant: { version } }));
  }
}
