import { wallClockMs } from '@ftgo/kernel';
import { diagnostics, pause, RecordView } from '@ftgo/messaging/broker';
import type { Client } from 'pg';
import { describeRow, type OutboxRow, recordOf } from '../../backfill/outbox-row.js';
import { beginRound, checkForRows, type Published } from '../../backfill/round.js';
import type { UnpublishedRows } from '../../backfill/unpublished-rows.js';
import { keptAlive } from '../../database/leader-lock.js';
import type { WatchOptions } from '../../database/long-statement.js';
import type { OutboxSink, OutboxSource, Position, SourceFlow } from '../outbox-source.js';

export interface PollingSourceOptions {
  readonly database: string;
  /** The connection that holds the leader's lock. */
  readonly control: Client;
  readonly watch: WatchOptions;
  readonly pollMs: number;
  /** The rows that are proved to be published. */
  readonly published: Published;
  readonly store: (published: Published) => Promise<void>;
}

/** A crash repeats what was published after the checkpoint was last stored. */
const storeMs = 1_000;
/** Each fetch takes a round trip and a turn of the event loop. */
const rowsAtOnce = 500;
/** The publisher's window is checked once per this number of rows. */
const rowsBetweenFlushes = 50;
/** After a round of this many rows, the next one follows immediately. */
const fullRound = 500;

/** A round whose rows were passed on but not yet acknowledged by the broker. */
interface HandedOver {
  readonly position: Position;
  readonly published: Published;
  readonly startedAt: number;
}

/**
 * Reads the outbox from its table, in rounds. A round reads the rows that are visible in its snapshot but not in that of the
 * last round, whatever their position, id or xid. Once the broker has all of them, its snapshot becomes the last one.
 */
export class PollingSource implements OutboxSource {
  private readonly finishing = new AbortController();
  private readonly moving = Promise.withResolvers<void>();
  private readonly view = new RecordView();
  private sink: OutboxSink | undefined;
  private polling: Promise<void> = Promise.resolve();
  private isPaused = false;
  /** Resolved when the condition that a round waits for may have changed. */
  private waiting: PromiseWithResolvers<void> | undefined;
  private published: Published;
  /** On the server's clock: everything committed before is published. */
  private publishedAt = wallClockMs();
  private rounds: Position = 0;
  private handedOver: HandedOver | undefined;
  private isStored = true;
  private hasUnstoredRows = false;
  private storedAt = performance.now();
  hasAdvanced = false;

  constructor(private readonly options: PollingSourceOptions) {
    this.published = options.published;
  }

  open(sink: OutboxSink): Promise<void> {
    this.sink = sink;
    this.polling = this.poll();
    return Promise.resolve();
  }

  acknowledge(position: Position): void {
    const { handedOver } = this;
    if (handedOver && handedOver.position <= position) {
      this.handedOver = undefined;
      this.hasUnstoredRows = true;
      this.notePublished(handedOver.published, handedOver.startedAt);
    }
    this.waiting?.resolve();
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.waiting?.resolve();
  }

  finish(): void {
    this.finishing.abort();
  }

  async settle(): Promise<void> {
    this.close();
    await this.polling;
    if (!this.isStored) await this.store();
  }

  close(): void {
    this.sink = undefined;
    this.finishing.abort();
    this.waiting?.resolve();
  }

  get advanced(): Promise<void> {
    return this.moving.promise;
  }

  get flow(): SourceFlow {
    const ageMs = performance.now() - this.storedAt;
    return { lagBytes: undefined, heartbeatMs: undefined, ackAgeMs: ageMs, checkpointAgeMs: ageMs };
  }

  private async poll(): Promise<void> {
    try {
      while (!this.finishing.signal.aborted) {
        const rows = await this.pollOnce();
        if (performance.now() - this.storedAt > storeMs && !this.isStored) await this.store();
        if (rows < fullRound) await pause(this.options.pollMs, this.finishing.signal);
      }
    } catch (error) {
      this.sink?.sourceFailed(error as Error);
    }
  }

  /** Resolves with the number of rows. */
  private async pollOnce(): Promise<number> {
    const startedAt = wallClockMs();
    const { hasRows, snapshot } = await checkForRows(this.options.control, this.published);
    if (hasRows) return this.publishRound(startedAt);
    this.notePublished({ ...this.published, snapshot }, startedAt);
    this.sink?.idle(++this.rounds);
    return 0;
  }

  private async publishRound(startedAt: number): Promise<number> {
    const { control, watch } = this.options;
    const { rows, ...published } = await beginRound(control, this.published, { ...watch, rowsAtOnce });
    const count = this.finishing.signal.aborted ? undefined : await this.handOverAll(rows);
    await control.query('COMMIT');
    if (count === undefined || !this.sink) return 0;
    const position = ++this.rounds;
    this.handedOver = { position, published, startedAt };
    this.sink.commit(position);
    this.sink.flush();
    await this.until(() => !this.handedOver);
    return count;
  }

  private async handOverAll(rows: UnpublishedRows): Promise<number> {
    this.sink?.begin(this.publishedAt);
    let count = 0;
    for (let next = await rows.next(); this.sink && next.length > 0; next = await rows.next()) {
      for (const row of next) {
        this.handOver(row);
        if (++count % rowsBetweenFlushes === 0) await this.flush();
      }
      await this.flush();
    }
    return count;
  }

  private async flush(): Promise<void> {
    this.sink?.flush();
    if (this.isPaused) await this.until(() => !this.isPaused);
  }

  private handOver(row: OutboxRow): void {
    const record = recordOf(row);
    if (record) this.sink?.publish(this.view.set(record));
    else this.sink?.reject(describeRow(row));
  }

  /** Waits for the broker, unless reading has ended. */
  private async until(isSo: () => boolean): Promise<void> {
    while (this.sink && !isSo()) {
      this.waiting = Promise.withResolvers<void>();
      await keptAlive(this.options.control, this.waiting.promise);
    }
  }

  private notePublished(published: Published, at: number): void {
    this.published = published;
    this.publishedAt = at;
    this.isStored = false;
  }

  private async store(): Promise<void> {
    const { published, hasUnstoredRows } = this;
    await this.options.store(published);
    this.isStored = this.published === published;
    this.storedAt = performance.now();
    if (!hasUnstoredRows) return;
    this.hasUnstoredRows = false;
    this.hasAdvanced = true;
    this.moving.resolve();
    diagnostics.relayAcked.publish({ database: this.options.database });
  }
}
