import { wallClockMs } from '@ftgo/kernel';
import { type Broker, diagnostics, type Pipeline, type PipelineListener, type RecordView } from '@ftgo/messaging/broker';
import type { InvalidRow } from '../record/invalid-row.js';
import type { OutboxSink, OutboxSource, Position } from '../source/outbox-source.js';
import type { PublisherFlow, RelayCounts } from '../status/relay-status.js';
import { AckQueue } from './ack-queue.js';
import { openPipeline } from './open-pipeline.js';
import { RelaySpans } from './relay-spans.js';
import type { Skips } from './skips.js';

export interface PublisherOptions {
  readonly database: string;
  readonly broker: Broker;
  readonly source: OutboxSource;
  /** Reading pauses when this many bytes wait for the broker, and resumes at half of it. */
  readonly windowBytes: number;
  readonly counts: RelayCounts;
  readonly skips: Skips;
  readonly onBrokerFailed: (error: Error) => void;
  readonly onSourceFailed: (error: Error) => void;
}

/** Sends the rows of the source to the broker, acknowledges what the broker has, and pauses the source while the broker is slow. */
export class Publisher implements OutboxSink, PipelineListener {
  private readonly acks = new AckQueue();
  private readonly spans: RelaySpans | undefined;
  private pipeline: Pipeline | undefined;
  private committedAt = 0;
  private isPaused = false;
  private draining: PromiseWithResolvers<void> | undefined;
  /** True once something was acknowledged; before, the backlog of the source is unknown. */
  hasProgressed = false;

  constructor(private readonly options: PublisherOptions) {
    this.spans = RelaySpans.ifTracing(options.broker.features.system);
  }

  async open(signal: AbortSignal): Promise<void> {
    this.pipeline = await openPipeline(this.options.broker, this, signal);
  }

  /** Resolves when no transaction is open and the broker has everything. From now on the window does not pause reading. */
  drain(): Promise<void> {
    this.draining = Promise.withResolvers();
    this.checkDrained();
    return this.draining.promise;
  }

  close(): void {
    this.pipeline?.close();
  }

  get flow(): PublisherFlow {
    const { acks, pipeline } = this;
    // Commit times are on the server's clock.
    const now = wallClockMs();
    const { requests = 0, records = 0, milliseconds = 0 } = pipeline?.sent ?? {};
    return {
      inFlightBytes: pipeline?.pendingBytes ?? 0,
      inFlightRecords: acks.unsafe,
      isPaused: this.isPaused,
      oldestUnpublishedMs: Math.max(0, now - (acks.oldestCommitTime ?? now)),
      requests,
      meanBatchRecords: requests === 0 ? 0 : records / requests,
      meanProduceMs: requests === 0 ? 0 : milliseconds / requests,
    };
  }

  // From the source

  begin(committedAtMs: number): void {
    this.committedAt = committedAtMs;
    this.acks.begin(committedAtMs);
  }

  publish(record: RecordView): void {
    if (this.options.skips.mustSkip(record)) return;
    const number = this.acks.next();
    if (this.spans) this.spans.note(record, number, this.committedAt);
    this.pipeline?.push(record, number);
  }

  reject(row: InvalidRow): void {
    this.options.skips.reject(row);
  }

  commit(position: Position): void {
    const safe = this.acks.commit(position);
    if (safe !== undefined) this.acknowledge(safe);
  }

  idle(position: Position): void {
    if (this.acks.isIdle) this.acknowledge(position);
  }

  flush(): void {
    const { pipeline } = this;
    if (!pipeline) return;
    pipeline.flush();
    if (this.draining) return this.checkDrained();
    if (this.isPaused || pipeline.pendingBytes <= this.options.windowBytes) return;
    this.isPaused = true;
    this.options.source.pause();
  }

  sourceFailed(error: Error): void {
    this.options.onSourceFailed(error);
  }

  // From the broker

  acknowledged(upTo: number): void {
    const { acks, options, pipeline } = this;
    const before = acks.unsafe;
    const position = acks.acknowledged(upTo);
    this.spans?.acknowledged(upTo, options.database);
    options.counts.published += before - acks.unsafe;
    diagnostics.relayPublished.publish({ database: options.database, records: before - acks.unsafe });
    if (position !== undefined) this.acknowledge(position);
    if (this.isPaused && (pipeline?.pendingBytes ?? 0) <= options.windowBytes / 2) {
      this.isPaused = false;
      options.source.resume();
    }
    this.checkDrained();
  }

  failed(error: Error): void {
    this.options.onBrokerFailed(error);
  }

  private acknowledge(position: Position): void {
    this.hasProgressed = true;
    this.options.source.acknowledge(position);
  }

  private checkDrained(): void {
    if (!this.acks.isInTransaction && this.acks.unsafe === 0) this.draining?.resolve();
  }
}
