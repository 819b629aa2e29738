import type { RestaurantId } from '@ftgo/ftgo';
import type { Database, Metrics } from '@ftgo/platform';
import { Logger } from '@nestjs/common';
import { factColumns } from './fact-columns.js';
import { RestaurantNotFound } from './restaurant.errors.js';
import type { Fact, Restaurant } from './restaurant.js';

/** The restaurants as last published by their owner: the service's table `restaurants`, with a column for each fact that it keeps. */
export class RestaurantReplica<Kept extends Fact = never> {
  private readonly log = new Logger(RestaurantReplica.name);
  private readonly missed;
  private gapsNoticed = 0;
  private readonly selectOne: string;
  private readonly upsert: string;

  constructor(
    private readonly database: Database,
    metrics: Metrics,
    private readonly kept: readonly Kept[],
  ) {
    this.missed = metrics.counter('replica_gaps_total', 'Events of a restaurant that were missing when a later one arrived');
    const names = kept.map((fact) => factColumns[fact].name);
    this.selectOne = `SELECT ${names.join(', ')}, sequence FROM restaurants WHERE id = $1`;
    this.upsert = `WITH known AS MATERIALIZED (SELECT sequence FROM restaurants WHERE id = $1 FOR UPDATE),
        before AS MATERIALIZED (SELECT max(sequence) AS sequence FROM known)
      INSERT INTO restaurants (id, sequence, changed_at, ${names.join(', ')})
        SELECT $1::bigint, $2::bigint, $4::timestamptz, ${kept.map((fact, i) => `$${i + 5}::${factColumns[fact].type}`).join(', ')} FROM before
      ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, changed_at = excluded.changed_at, ${names.map((name) => `${name} = excluded.${name}`).join(', ')}
      WHERE restaurants.sequence < excluded.sequence OR ($3 AND restaurants.sequence = excluded.sequence)
      RETURNING (SELECT before.sequence FROM before) AS before`;
  }

  /** The number of events that were missing when a later one arrived, since the process started. */
  get gaps(): number {
    return this.gapsNoticed;
  }

  async find(id: RestaurantId): Promise<Restaurant<Kept> | undefined> {
    const [row] = await this.database.query(this.selectOne, [id]);
    if (!row) return undefined;
    const facts = this.kept.map((fact) => [fact, factColumns[fact].read(row[factColumns[fact].name] as never)] as const);
    return { id, sequence: row.sequence, ...Object.fromEntries(facts) } as Restaurant<Kept>;
  }

  async get(id: RestaurantId): Promise<Restaurant<Kept>> {
    const restaurant = await this.find(id);
    if (!restaurant) throw new RestaurantNotFound(id);
    return restaurant;
  }

  /** Deletes restaurants, by the subjects of their events. */
  async forget(subjects: readonly string[]): Promise<void> {
    await this.database.query('DELETE FROM restaurants WHERE id::text = ANY ($1)', [subjects]);
  }

  /** When the last change was published; undefined if that is not known. */
  async changedAt(id: RestaurantId): Promise<Date | undefined> {
    const [row] = await this.database.query<{ changed_at: Date | null }>('SELECT changed_at FROM restaurants WHERE id = $1', [id]);
    return row?.changed_at ?? undefined;
  }

  /**
   * Stores the restaurant if it is newer than the copy or, for a repair, equally new. Returns the sequence that it
   * replaced: 0 for a new restaurant, undefined if nothing was stored. Each event carries the whole restaurant, so a
   * newer one is always enough, but a missing one still warrants an alert.
   */
  async replace(restaurant: Restaurant<Kept>, isRepair = false, changedAt?: Date): Promise<number | undefined> {
    const { id, sequence } = restaurant;
    const facts = this.kept.map((fact) => factColumns[fact].write(restaurant[fact] as never));
    const [replaced] = await this.database.query<{ before: number | null }>(this.upsert, [id, sequence, isRepair, changedAt, ...facts]);
    const before = replaced && (replaced.before ?? 0);
    if (before === undefined || sequence <= before + 1) return before;
    this.missed.inc();
    this.gapsNoticed++;
    this.log.warn({ restaurantId: id, before, sequence }, 'change of the restaurant is missing');
    return before;
  }
}
