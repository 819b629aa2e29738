import type { Metric } from '../telemetry/metric.js';
import type { Transaction } from '../transaction/transactions.js';

/** What is known of the publishing of an outbox, also when nothing publishes it at the moment. */
export interface PublishingState {
  /** Since it was last proved that all before some moment was published; about every second while messages are published. */
  readonly checkpointAgeSeconds: number;
  /** Something publishes this outbox now. */
  readonly isRead: boolean;
  /** Log that is not known to be published. */
  readonly lagBytes: number | undefined;
}

/** A session has the lock of the relay that leads, whatever that reads. */
const isLed = (slot: string): string => `EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid = (hashtext('messaging relay')::bigint & 4294967295)::oid AND l.objid = (hashtext(${slot})::bigint & 4294967295)::oid)`;

/**
 * How far the outbox of this database is published, as that is made known by whatever publishes it. Sagas count no time in which nothing
 * is; retention, health and metrics ask it too. An abstract class, so that it is an injection token as well.
 */
export abstract class OutboxProgress {
  /** Undefined as long as nothing was ever published. It may store what it finds out, in this transaction. */
  abstract read(transaction: Transaction): Promise<PublishingState | undefined>;
}

/** The relay of this project stores its progress in the database that it reads. */
export class RelayProgress extends OutboxProgress {
  override read(transaction: Transaction): Promise<PublishingState | undefined> {
    return readCheckpoint(transaction);
  }
}

export const relayProgress = new RelayProgress();

/** Reads no row of the outbox: looking there for what is unsent would cost more the more there is. */
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

/** A relay stores its progress about every second. When another one takes over this may take longer, and is worth being shown. */
const stalledAfterSeconds = 10;

/** Why messages of this database are not being published, as the database shows it; undefined when they are. */
export async function outboxProblem(transaction: Transaction, progress: OutboxProgress = relayProgress): Promise<string | undefined> {
  const state = await progress.read(transaction);
  if (!state) return (await hasWaited(transaction)) ? 'messages are not published: no relay has ever read this database' : undefined;
  if (state.checkpointAgeSeconds <= stalledAfterSeconds) return undefined;
  // Without the age: whoever reports changes would report every second.
  return state.isRead
    ? `messages are not published: the relay has made no progress for more than ${stalledAfterSeconds} s`
    : `messages are not published: no relay reads this database for more than ${stalledAfterSeconds} s`;
}

/** Asked only as long as no relay has led here, when the outbox is small or nothing of it was ever published. */
async function hasWaited(transaction: Transaction): Promise<boolean> {
  const { rows } = await transaction.query<{ waits: boolean }>({
    text: `SELECT EXISTS (SELECT FROM outbox WHERE created_at < clock_timestamp() - interval '1 min') AS waits`,
  });
  return rows[0]?.waits === true;
}

/** Every instance of a service tells the same. */
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
      'Time since the relay last stored how far all is published: a second or two while it goes on, more when nothing is published, whatever runs',
      state?.checkpointAgeSeconds,
    ),
    gauge('messaging_outbox_read', '1 while a relay reads this database', state && Number(state.isRead)),
    gauge('messaging_outbox_lag_bytes', 'Log of Postgres that no relay has acknowledged', state?.lagBytes),
  ];
}
