import type { RestaurantId } from '@ftgo/ftgo';
import { Database, Metrics } from '@ftgo/platform';
import { Injectable, Logger } from '@nestjs/common';

interface RestaurantName {
  readonly id: RestaurantId;
  readonly name: string;
  /** The restaurant's event that it was last called so in. */
  readonly sequence: number;
}

/**
 * What restaurants are called now. The view joins it when it is read: a restaurant that is renamed may have more orders
 * than one transaction can change.
 */
@Injectable()
export class RestaurantNames {
  private readonly log = new Logger(RestaurantNames.name);
  private readonly gaps;

  constructor(
    private readonly database: Database,
    metrics: Metrics,
  ) {
    this.gaps = metrics.counter('replica_gaps_total', 'Events of a restaurant that had not come when a later one did');
  }

  /** Each event carries the whole restaurant, so a newer one always suffices; that one is missing is still worth an alarm. Returns the sequence that it replaced. */
  async note({ id, name, sequence }: RestaurantName): Promise<number | undefined> {
    const [replaced] = await this.database.query<{ before: number | null }>(
      `WITH known AS MATERIALIZED (SELECT sequence FROM restaurants WHERE id = $1 FOR UPDATE),
         before AS MATERIALIZED (SELECT max(sequence) AS sequence FROM known)
       INSERT INTO restaurants (id, name, sequence) SELECT $1::bigint, $2::text, $3::bigint FROM before
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, sequence = excluded.sequence
       WHERE restaurants.sequence < excluded.sequence
       RETURNING (SELECT before.sequence FROM before) AS before`,
      [id, name, sequence],
    );
    const before = replaced && (replaced.before ?? 0);
    if (before === undefined || before + 1 === sequence) return before;
    this.gaps.inc();
    this.log.warn({ restaurantId: id, before, sequence }, 'a change of the restaurant is missing');
    return before;
  }
}
