import { type Broker, type BrokerUnavailable, type Pipeline, type RecordRejected, RecordView } from '@ftgo/messaging/broker';
import type { Client } from 'pg';
import { keptAlive } from '../database/leader-lock.js';
import type { WatchOptions } from '../database/long-statement.js';
import { openPipeline } from '../publish/open-pipeline.js';
import type { Skips } from '../publish/skips.js';
import { describeRow, recordOf } from './outbox-row.js';
import { beginRound, type Published, type RestoredRows } from './round.js';
import type { UnpublishedRows } from './unpublished-rows.js';

const highBytes = 4 * 1024 * 1024;

export interface BackfillOptions {
  readonly published: Published;
  readonly signal: AbortSignal;
  /** There may be many rows, and it may take a long time until the first one arrives. */
  readonly watch: WatchOptions;
  readonly skips: Skips;
  /** Called when the broker is connected and the backfill begins. */
  readonly onStart: () => void;
}

export interface Backfilled {
  /** The snapshot of the backfill: everything visible in it is now published. */
  readonly snapshot: string;
  readonly restored: RestoredRows | undefined;
  readonly rows: number;
}

/**
 * Publishes the rows of the outbox that were committed after the last proved snapshot, whatever their position, id or xid;
 * without a snapshot, all rows. This is one round of polling, for use where the log has a gap.
 */
export async function backfill(client: Client, broker: Broker, options: BackfillOptions): Promise<Backfilled> {
  const progress = new Progress(client, options.signal);
  const pipeline = await keptAlive(client, openPipeline(broker, progress, options.signal));
  options.onStart();
  try {
    return await publishRound(pipeline, progress, client, options);
  } finally {
    pipeline.close();
  }
}

async function publishRound(pipeline: Pipeline, progress: Progress, client: Client, options: BackfillOptions): Promise<Backfilled> {
  const { rows, ...published } = await beginRound(client, options.published, options.watch);
  const count = await publishAll(rows, pipeline, progress, options);
  await client.query('COMMIT');
  return { ...published, rows: count };
}

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

/** Waits until the broker has acknowledged all records. */
class Progress {
  safe = 0;
  private error: RecordRejected | BrokerUnavailable | undefined;
  private waiting: PromiseWithResolvers<void> | undefined;

  constructor(
    private readonly client: Client,
    private readonly signal: AbortSignal,
  ) {
    signal.addEventListener('abort', () => this.waiting?.reject(signal.reason), { once: true });
  }

  acknowledged(upTo: number): void {
    this.safe = upTo;
    this.waiting?.resolve();
  }

  failed(error: RecordRejected | BrokerUnavailable): void {
    this.error = error;
    this.waiting?.reject(error);
  }

  /** Resolves with the next acknowledgement. */
  async next(): Promise<void> {
    if (this.error) throw this.error;
    this.signal.throwIfAborted();
    this.waiting = Promise.withResolvers<void>();
    await keptAlive(this.client, this.waiting.promise);
  }
}
