import type { Client } from 'pg';
import type { Broker, BrokerUnavailable, RecordRefused } from '../broker/broker.js';
import { type Pipeline, RecordView } from '../broker/pipeline.js';
import type { WatchOptions } from './long-statement.js';
import type { Skips } from './skips.js';
import { describeSweptRow, recordOf } from './swept-row.js';
import { SweptRows } from './swept-rows.js';
import { openPipeline } from './waits.js';

const highBytes = 4 * 1024 * 1024;

export interface SweepOptions {
  /** The snapshot that sees all that was published; undefined: nothing is known to be. */
  readonly since: string | undefined;
  readonly signal: AbortSignal;
  /** Rows may be many, and the first of them may take long. */
  readonly watch: WatchOptions;
  readonly skips: Skips;
  /** The broker is there, and the sweep begins. */
  readonly onStart: () => void;
}

export interface SweepResult {
  /** What the sweep saw: all of it is published now. */
  readonly snapshot: string;
  readonly rows: number;
}

/**
 * Publishes every row of the outbox that the snapshot `since` does not see: what was committed since, whatever its
 * position, id or xid. Without it, every row. One round of polling; the relay needs it where the log has a gap.
 */
export async function sweep(client: Client, broker: Broker, options: SweepOptions): Promise<SweepResult> {
  const progress = new Progress(options.signal);
  const pipeline = await openPipeline(broker, progress, options.signal);
  options.onStart();
  try {
    return await sweepInto(pipeline, progress, client, options);
  } finally {
    pipeline.close();
  }
}

/** When it fails, the connection is given up, and the transaction with it: a dead one would not answer a ROLLBACK. */
async function sweepInto(pipeline: Pipeline, progress: Progress, client: Client, options: SweepOptions): Promise<SweepResult> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const { rows } = await client.query<{ snapshot: string }>('SELECT pg_current_snapshot()::text AS snapshot');
  const { snapshot } = rows[0] as { snapshot: string };
  const unpublished = await SweptRows.open(client, conditionOf(client, options.since), options.watch);
  const published = await publishAll(unpublished, pipeline, progress, options);
  await client.query('COMMIT');
  return { snapshot, rows: published };
}

function conditionOf(client: Client, last: string | undefined): string {
  if (last === undefined) return '';
  const snapshot = `${client.escapeLiteral(last)}::pg_snapshot`;
  return `WHERE xid >= pg_snapshot_xmin(${snapshot}) AND NOT pg_visible_in_snapshot(xid, ${snapshot})`;
}

async function publishAll(unpublished: SweptRows, pipeline: Pipeline, progress: Progress, { skips }: SweepOptions): Promise<number> {
  const view = new RecordView();
  let pushed = 0;
  for (;;) {
    const rows = await unpublished.next();
    for (const row of rows) {
      const record = recordOf(row);
      if (!record) skips.reject(describeSweptRow(row));
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
