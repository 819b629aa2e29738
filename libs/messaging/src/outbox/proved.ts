/**
 * What a row of relay_checkpoint proves about the rows of the outbox, as SQL. Backfill, retention and operators' queries decide
 * by this alone, so that they always agree on which messages are published.
 */

/**
 * A checkpoint proves nothing while a backfill is pending, while its publication and table are unknown, or in a server other
 * than the one in which it was stored: xids of two clusters cannot be compared.
 */
const proves = (checkpoint: string): string => `(${checkpoint}.proof IS NOT NULL AND NOT ${checkpoint}.backfill_pending
  AND ${checkpoint}.system_identifier = (SELECT system_identifier::text FROM pg_control_system()))`;

/** Names, or literals, of the three bounds of the rows from another cluster. */
export interface RestoredBounds {
  readonly position: string;
  readonly createdAt: string;
  readonly xid: string;
}

/**
 * The row was written in another cluster, from whose backup the database was restored, and its xid is ahead of those of this
 * cluster. It was published when the restored data was found; no snapshot of this cluster sees its xid.
 */
export const isForeign = (row: string, bounds: RestoredBounds): string =>
  `coalesce(${row}.position <= ${bounds.position} AND ${row}.created_at <= ${bounds.createdAt} AND ${row}.xid >= ${bounds.xid}, false)`;

const isForeignTo = (row: string, checkpoint: string): string =>
  isForeign(row, {
    position: `${checkpoint}.restored_position`,
    createdAt: `${checkpoint}.restored_created_at`,
    xid: `${checkpoint}.restored_xid`,
  });

/** The row is proved to be published. */
export const isPublished = (row: string): string => `EXISTS (SELECT FROM relay_checkpoint c
  WHERE ${proves('c')} AND (pg_visible_in_snapshot(${row}.xid, c.snapshot) OR ${isForeignTo(row, 'c')}))`;

/** Every xid before this one is proved to be published; without a checkpoint, none is. */
const firstUnproved = `coalesce((SELECT min(CASE WHEN ${proves('c')} THEN pg_snapshot_xmin(c.snapshot)::text::bigint ELSE 0 END)
  FROM relay_checkpoint c), 0)::text::xid8`;

/**
 * The row may be dropped: every checkpoint proves it. Compares xids with one number, so that whole partitions are checked fast;
 * the checkpoints are queried only for rows beyond it.
 */
export const mayBeDropped = (row: string): string => `(${row}.xid < ${firstUnproved} OR (EXISTS (SELECT FROM relay_checkpoint)
  AND NOT EXISTS (SELECT FROM relay_checkpoint c WHERE NOT (${proves('c')} AND ${isForeignTo(row, 'c')}))))`;
