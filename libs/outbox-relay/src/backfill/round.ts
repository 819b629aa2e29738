import { isForeign } from '@ftgo/messaging/outbox-table';
import type { Client } from 'pg';
import { type WatchOptions, watched } from '../database/long-statement.js';
import { unlimitedMs } from '../database/waits.js';
import { type RowsOptions, UnpublishedRows } from './unpublished-rows.js';

/** The rows that are proved to be published. */
export interface Published {
  /** Everything visible in it is published; undefined if nothing is known to be published. */
  readonly snapshot: string | undefined;
  /** Rows that were restored from another cluster, and published when the relay found them. */
  readonly restored: RestoredRows | undefined;
}

/** The range of rows that were restored from a backup of another cluster, with xids ahead of this cluster's. */
export interface RestoredRows {
  readonly position: string;
  readonly createdAt: string;
  readonly xid: string;
}

/** The unpublished rows, in the order of their position. Once they are published, everything visible to the round is. */
export interface Round {
  readonly rows: UnpublishedRows;
  readonly snapshot: string;
  readonly restored: RestoredRows | undefined;
}

/** Begins a transaction, which the caller ends. If that fails, close the connection: a dead one would not respond to a ROLLBACK. */
export async function beginRound(client: Client, published: Published, watch: RowsOptions): Promise<Round> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
  const { snapshot } = rows[0] as { snapshot: string };
  const restored = published.snapshot === undefined ? await findRestored(client, watch) : published.restored;
  return { snapshot, restored, rows: await UnpublishedRows.open(client, conditionOf(client, { ...published, restored }), watch) };
}

/** Checks for unpublished rows. If there are none, everything visible in the snapshot is published. */
export async function checkForRows(
  client: Client,
  published: Published,
): Promise<{ readonly hasRows: boolean; readonly snapshot: string }> {
  const { rows } = await client.query<{ hasRows: boolean; snapshot: string }>(
    `SELECT pg_current_snapshot()::text AS snapshot, EXISTS (SELECT FROM outbox ${conditionOf(client, published)}) AS "hasRows"`,
  );
  return rows[0] as { hasRows: boolean; snapshot: string };
}

interface RestoredRow {
  readonly position: string | null;
  readonly created_at: string;
  readonly xid: string;
}

/** A visible row was written in this cluster only if its xid is below the upper bound of our snapshot. */
async function findRestored(client: Client, watch: WatchOptions): Promise<RestoredRows | undefined> {
  const finding = client.query<RestoredRow>({
    text: `SELECT max(position)::text AS position, max(created_at)::text AS created_at, pg_snapshot_xmax(pg_current_snapshot())::text AS xid
      FROM outbox WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())`,
    ...({ query_timeout: unlimitedMs } as object),
  });
  const { position, created_at: createdAt, xid } = (await watched(client, finding, watch)).rows[0] as RestoredRow;
  return position === null ? undefined : { position, createdAt, xid };
}

function conditionOf(client: Client, { snapshot: since, restored }: Published): string {
  if (since === undefined) return '';
  const snapshot = `${client.escapeLiteral(since)}::pg_snapshot`;
  const isUnseen = `xid >= pg_snapshot_xmin(${snapshot}) AND NOT pg_visible_in_snapshot(xid, ${snapshot})`;
  const isKnown = restored && isForeign('outbox', literals(client, restored));
  return `WHERE ${isUnseen}${isKnown ? ` AND NOT ${isKnown}` : ''}`;
}

const literals = (client: Client, { position, createdAt, xid }: RestoredRows) => ({
  position: `${client.escapeLiteral(position)}::bigint`,
  createdAt: `${client.escapeLiteral(createdAt)}::timestamptz`,
  xid: `${client.escapeLiteral(xid)}::xid8`,
});
