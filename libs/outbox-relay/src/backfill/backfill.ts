import { type Broker, type BrokerUnavailable, type Pipeline, type RecordRefused, RecordView } from '@ftgo/messaging/broker';
import { isForeign } from '@ftgo/messaging/outbox-table';
import type { Client } from 'pg';
import { type WatchOptions, watched } from '../database/long-statement.js';
import { unlimitedMs } from '../database/waits.js';
import { openPipeline } from '../publish/open-pipeline.js';
import type { Skips } from '../publish/skips.js';
import { describeRow, recordOf } from './outbox-row.js';
import { UnpublishedRows } from './unpublished-rows.js';

const highBytes = 4 * 1024 * 1024;

export interface BackfillOptions {
  /** The snapshot that sees all that was published; undefined: nothing is known to be. */
  readonly since: string | undefined;
  /** Rows that came from another cluster and were published when they were found. */
  readonly restored: RestoredRows | undefined;
  readonly signal: AbortSignal;
  /** Rows may be many, and the first of them may take long. */
  readonly watch: WatchOptions;
  readonly skips: Skips;
  /** The broker is there, and the backfill begins. */
  readonly onStart: () => void;
}

/** Bounds of the rows that another cluster wrote, from whose backup the database was restored, with xids ahead of ours. */
export interface RestoredRows {
  readonly position: string;
  readonly createdAt: string;
  readonly xid: string;
}

export interface Backfilled {
  /** What the backfill saw: all of it is published now. */
  readonly snapshot: string;
  readonly restored: RestoredRows | undefined;
  readonly rows: number;
}

/**
 * Publishes every row of the outbox that the snapshot `since` does not see: what was committed since, whatever its
 * position, id or xid. Without it, every row. One round of polling; the relay needs it where the log has a gap.
 */
export async function backfill(client: Client, broker: Broker, options: BackfillOptions): Promise<Backfilled> {
  const progress = new Progress(options.signal);
  const pipeline = await openPipeline(broker, progress, options.signal);
  options.onStart();
  try {
    return await backfillInto(pipeline, progress, client, options);
  } finally {
    pipeline.close();
  }
}

/** When it fails, the connection is given up, and the transaction with it: a dead one would not answer a ROLLBACK. */
async function backfillInto(pipeline: Pipeline, progress: Progress, client: Client, options: BackfillOptions): Promise<Backfilled> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
  const { snapshot } = rows[0] as { snapshot: string };
  const restored = options.since === undefined ? await findRestored(client, options.watch) : options.restored;
  const unpublished = await UnpublishedRows.open(client, conditionOf(client, options.since, restored), options.watch);
  const published = await publishAll(unpublished, pipeline, progress, options);
  await client.query('COMMIT');
  return { snapshot, rows: published, restored };
}

interface RestoredRow {
  readonly position: string | null;
  readonly created_at: string;
  readonly xid: string;
}

/** A row that is visible has an xid of this cluster only if that is before the end of our snapshot. */
async function findRestored(client: Client, watch: WatchOptions): Promise<RestoredRows | undefined> {
  const finding = client.query<RestoredRow>({
    text: `SELECT max(position)::text AS position, max(created_at)::text AS created_at, pg_snapshot_xmax(pg_current_snapshot())::text AS xid
      FROM outbox WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())`,
    ...({ query_timeout: unlimitedMs } as object),
  });
  const { position, created_at: createdAt, xid } = (await watched(client, finding, watch)).rows[0] as RestoredRow;
  return position === null ? undefined : { position, createdAt, xid };
}

function conditionOf(client: Client, since: string | undefined, restored: RestoredRows | undefined): string {
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

async function publishAll(
  unpublished: UnpublishedRows,
  pipeline: Pipeline,
  progress: Progress,
  { skips }: BackfillOptions,
): Promise<number> {
  const view = new RecordView();
  let pushed = 0;
  for (;;) {
    const rows = await unpublished.next();
    for (const row of rows) {
      const record = recordOf(row);
      if (!record) skips.reject(describeRow(row));
      else if (!skips.mustSkip(view.set(record))) pipeline.push(view, ++pushed);
      if (pipeline.pendingBytes <= highBytes) continue;
      pipeline.flush();
      while (pipeline.pendingBytes > highBytes) await progress.next();
    }
    pipeline.flush();
    if (rows.length === 0) break;
  }
  while (progress.safe < pushed) await progress.next();
  return pushed;
}

/** Waits for the broker. */
class Progress {
  safe = 0;
  private error: RecordRefused | BrokerUnavailable | undefined;
  private waiting: PromiseWithResolvers<void> | undefined;

  constructor(private readonly signal: AbortSignal) {
    signal.addEventListener('abort', () => this.waiting?.reject(signal.reason), { once: true });
  }

  acknowledged(upTo: number): void {
    this.safe = upTo;
    this.waiting?.resolve();
  }

  failed(error: RecordRefused | BrokerUnavailable): void {
    this.error = error;
    this.waiting?.reject(error);
  }

  /** Resolves with the next acknowledgement. */
  async next(): Promise<void> {
    if (this.error) throw this.error;
    this.signal.throwIfAborted();
    this.waiting = Promise.withResolvers<void>();
    await this.waiting.promise;
  }
}
