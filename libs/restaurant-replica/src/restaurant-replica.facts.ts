import { type Fact, type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';

/** Which change of each restaurant the replica reflects. */
@Injectable()
export class RestaurantReplicaFacts extends FactSource {
  readonly about = 'restaurants';

  constructor(private readonly database: Database) {
    super();
  }

  async read({ after, until, limit }: FactRange): Promise<Fact[]> {
    const restaurants = await this.database.query<{ id: number; sequence: number }>(
      'SELECT id, sequence FROM restaurants WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3',
      [after, until, limit],
    );
    return restaurants.map(({ id, sequence }) => ({ id, replica: { sequence } }));
  }
}
