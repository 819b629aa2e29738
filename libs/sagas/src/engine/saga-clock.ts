import { type OutboxProgress, relayProgress, type Transactions } from '@ftgo/messaging';
import { v7 as uuidv7 } from 'uuid';

/**
 * Deadlines exclude outages. The clock ticks while the reply consumers of all processes are caught up and the outbox of this
 * database has been published within 5 s; after a gap of more than 5 s every deadline restarts.
 */
export class SagaClock {
  private readonly runner = uuidv7();

  constructor(
    private readonly transactions: Transactions,
    private readonly progress: OutboxProgress = relayProgress,
  ) {}

  /** One tick; false during an outage, when no deadline is due. */
  tick(caughtUp: boolean): Promise<boolean> {
    return this.transactions.run(async (transaction) => {
      const state = await this.progress.read(transaction);
      const isPublished = state !== undefined && state.checkpointAgeSeconds < publishedWithinSeconds;
      const { rowCount } = await transaction.query({ name: 'sagas-tick', text: tick, values: [this.runner, caughtUp, isPublished] });
      return rowCount > 0;
    });
  }

  /** Removes this process, which stops consuming, so that the others do not wait for it. */
  async leave(): Promise<void> {
    await this.transactions.run((transaction) =>
      transaction.query({
        name: 'sagas-leave',
        text: `DELETE FROM saga_runner WHERE id = $1 OR seen_at < clock_timestamp() - interval '1 hour'`,
        values: [this.runner],
      }),
    );
  }
}

const publishedWithinSeconds = 5;

/** A killed process counts as not caught up for 30 s, while its partitions are reassigned. */
const tick = `WITH me AS (
    INSERT INTO saga_runner AS r (id, caught_up, seen_at) VALUES ($1, $2, clock_timestamp())
    ON CONFLICT (id) DO UPDATE SET caught_up = excluded.caught_up, seen_at = excluded.seen_at
  )
  UPDATE saga_clock SET ticked_at = clock_timestamp(),
    resumed_at = CASE WHEN ticked_at < clock_timestamp() - interval '5 s' THEN clock_timestamp() ELSE resumed_at END
  WHERE $2::boolean AND $3::boolean
    AND NOT EXISTS (
      SELECT FROM saga_runner WHERE id <> $1 AND seen_at > clock_timestamp() - interval '30 s'
        AND (NOT caught_up OR seen_at < clock_timestamp() - interval '5 s')
    )`;
