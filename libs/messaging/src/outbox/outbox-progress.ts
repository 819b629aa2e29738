import type { Metric } from '../telemetry/metric.js';
import type { Transaction } from '../transaction/transactions.js';

/** The publishing progress of an outbox, known even if nothing publishes it at the moment. */
export interface PublishingState {
  /**
   * Time since the last proof that everything before some moment was published; about a second while messages are published.
   */
  readonly checkpointAgeSeconds: number;
  /** Whether something publishes this outbox now. */
  readonly isRead: boolean;
  /** Write-ahead log that is not known to be published, in bytes. */
  readonly lagBytes: number | undefined;
}

/** Whether a session holds the lock of the leading relay, whatever its source. */
const isLed = (slot: string): string => `EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid = (hashtext('messaging relay')::bigint & 4294967295)::oid AND l.objid = (hashtext(${slot})::bigint & 4294967295)::oid)`;

/**
 * The publishing progress of this database's outbox, as reported by its publisher. Sagas exclude time in which nothing is
 * published; retention, health and metrics use it too. An abstract class, so that it is an injection token as well.
 */
export abstract class OutboxProgress {
  /** Undefined if nothing was ever published. It may store its findings in this transaction. */
  abstract read(transaction: Transaction): Promise<PublishingState | undefined>;
}

/** The relay of this project stores its progress in the database that it reads. */
export class RelayProgress extends OutboxProgress {
  override read(transaction: Transaction): Promise<PublishingState | undefined> {
    return readCheckpoint(transaction);
  }
}

export const relayProgress = new RelayProgress();

/** Reads no row of the outbox: searching it for unpublished rows would cost more the more there are. */
async function readCheckpoint(transaction: Transaction): Promise<PublishingState | undefined> {
  const { rows } = await transaction.query<{ age: number; active: boolean | null; lag: number | null }>({
    name: 'messaging-outbox-progress',
    text: `SELECT greatest(0, extract(epoch FROM clock_timestamp() - c.updated_at))::float8 AS age, coalesce(s.active, false) OR ${isLed('c.name')} AS active,
        greatest(0, pg_current_wal_insert_lsn() - s.confirmed_flush_lsn)::float8 AS lag
      FROM relay_checkpoint c LEFT JOIN pg_replication_slots s ON s.slot_name = c.name ORDER BY c.updated_at DESC LIMIT 1`,
  });
  const [row] = rows;
  return row && { checkpointAgeSeconds: row.age, isRead: row.active ?? false, lagBytes: row.lag ?? undefined };
}

/** A relay stores its progress about every second. A takeover by another one may take longer, and is worth showing. */
const stalledAfterSeconds = 10;

/** Why messages of this database are not being published, according to the database; undefined if they are. */
export async function outboxProblem(transaction: Transaction, progress: OutboxProgress = relayProgress): Promise<string | undefined> {
  const state = await progress.read(transaction);
  if (!state) return (await hasWaited(transaction)) ? 'messages are not published: no relay has ever read this database' : undefined;
  if (state.checkpointAgeSeconds <= stalledAfterSeconds) return undefined;
  // Without the age, since a caller that logs changes would log every second.
  return state.isRead
    ? `messages are not published: the relay has made no progress for more than ${stalledAfterSeconds} s`
    : `messages are not published: no relay has read this database for more than ${stalledAfterSeconds} s`;
}

/** Queried only while no relay has ever led, when the outbox is small or nothing of it was ever published. */
async function hasWaited(transaction: Transaction): Promise<boolean> {
  const { rows } = await transaction.query<{ waits: boolean }>({
    text: `SELECT EXISTS (SELECT FROM outbox WHERE created_at < clock_timestamp() - interval '1 min') AS waits`,
  });
  return rows[0]?.waits === true;
}

/** Every instance of a service reports the same. */
export function outboxMetrics(state: PublishingState | undefined): Metric[] {
  const gauge = (name: string, help: string, value: number | undefined): Metric => ({
    name,
    help,
    type: 'gauge',
    samples: value === undefined ? [] : [{ labels: {}, value }],
  });
  return [
    gauge(
      'messaging_outbox_checkpoint_age_seconds',
      'Time since the relay last stored its progress, in seconds: one or two while it works, more while it cannot publish',
      state?.checkpointAgeSeconds,
    ),
    gauge('messaging_outbox_read', '1 while a relay reads this database, otherwise 0', state && Number(state.isRead)),
    gauge('messaging_outbox_lag_bytes', 'Write-ahead log that no relay has acknowledged, in bytes', state?.lagBytes),
  ];
}
