import { wallClockMs } from '@ftgo/kernel';
import { type Broker, diagnostics, type Pipeline, type PipelineListener, within } from '@ftgo/messaging/broker';
import type { Client } from 'pg';
import { type Checkpoint, heartbeatPrefix } from '../checkpoint/checkpoint.js';
import { AckQueue } from '../publish/ack-queue.js';
import { RelaySpans } from '../publish/relay-spans.js';
import type { Skips } from '../publish/skips.js';
import { RecordEncoder } from '../record/record-encoder.js';
import { Ledger } from '../source/wal/ledger.js';
import type { Lsn } from '../source/wal/lsn.js';
import { type InsertedRow, PgOutputDecoder, type PgOutputListener, type Relation } from '../source/wal/pgoutput.js';
import type { ReplicationSession, SessionListener } from '../source/wal/replication-session.js';
import type { FlowStatus, RelayCounts } from '../status/relay-status.js';
import { answerMs, openPipeline, silenceMs } from './waits.js';

export interface TermOptions {
  readonly database: string;
  readonly slot: string;
  readonly publication: string;
  /** The table whose inserts are messages. */
  readonly outbox: number;
  readonly session: ReplicationSession;
  readonly control: Client;
  readonly checkpoint: Checkpoint;
  readonly broker: Broker;
  /** Reading stops when so many bytes wait for the broker, and goes on at half of them. */
  readonly windowBytes: number;
  readonly counts: RelayCounts;
  readonly skips: Skips;
  /** Aborted when a connection breaks or the relay is stopped before the term has begun. */
  readonly signal: AbortSignal;
}

const beatMs = 1_000;
const soonMs = 100;
const drainMs = 3_000;
const confirmMs = 1_000;

/** One term of leadership: the log is read from the slot and published, until something fails or it is stopped. */
export class Term implements SessionListener, PgOutputListener, PipelineListener {
  private readonly decoder = new PgOutputDecoder(this);
  private readonly encoders = new Map<number, RecordEncoder | undefined>();
  private readonly acks = new AckQueue();
  private readonly spans: RelaySpans | undefined;
  private committedAt = 0;
  private readonly end = Promise.withResolvers<never>();
  private readonly ledger: Ledger;
  private readonly heartbeatTag = `${process.pid}-${Math.random().toString(36).slice(2)} `;
  private pipeline: Pipeline | undefined;
  private beatTimer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();
  private isPaused = false;
  private isDraining = false;
  private drained: PromiseWithResolvers<void> | undefined;
  private isEnding = false;
  /** A beat comes soon, or is here. */
  private isBeatSoon = true;
  private walSender = 0;
  /** The slot was looked at, and is ours until the session ends. */
  private isOurs = false;
  private heardAt = performance.now();
  private heartbeatMs: number | undefined;

  constructor(private readonly options: TermOptions) {
    this.ledger = new Ledger(options);
    this.spans = RelaySpans.ifTracing(options.broker.features.system);
    this.end.promise.catch(() => undefined);
  }

  /** Takes the slot, and looks whether it is where it was left. Rejects with the server's error when it cannot be had. */
  async begin(): Promise<void> {
    const { broker, session, slot, publication, signal } = this.options;
    this.walSender = await session.walSender();
    // First the broker: whoever cannot publish must not keep others from it.
    this.pipeline = await openPipeline(broker, this, signal);
    try {
      await session.start(slot, publication, this);
      await this.look();
    } catch (error) {
      this.close();
      throw error;
    }
    this.isOurs = true;
    this.scheduleNext();
  }

  /** Rejects with what ended the term. */
  get ended(): Promise<never> {
    return this.end.promise;
  }

  /** Resolves when the server has been told that it may forget something that it kept for us. */
  get progressed(): Promise<void> {
    return this.ledger.progressed;
  }

  /** Reads no further transaction, waits for the broker, and until the server knows how far we came. */
  async stop(): Promise<void> {
    this.isDraining = true;
    this.drained = Promise.withResolvers();
    this.checkDrained();
    await within(drainMs, Promise.race([this.drained.promise, this.end.promise]));
    await within(
      confirmMs,
      this.afterBeat(() => this.ledger.settle()),
    );
    this.close();
  }

  close(): void {
    clearTimeout(this.beatTimer);
    this.pipeline?.close();
    this.options.session.close();
  }

  /** True when something that the slot held was published, and will not be published again. */
  get hasMovedOn(): boolean {
    return this.ledger.hasMovedOn;
  }

  /** True when something was acknowledged: before, nobody knows what the log holds. */
  get hasProgressed(): boolean {
    return this.ledger.acked > 0;
  }

  get flow(): FlowStatus {
    const { acks, pipeline, ledger } = this;
    // Commit times are the server's.
    const now = wallClockMs();
    const { requests = 0, records = 0, milliseconds = 0 } = pipeline?.sent ?? {};
    return {
      lagBytes: Math.max(0, this.options.checkpoint.logEnd - ledger.acked),
      heartbeatMs: this.heartbeatMs,
      inFlightBytes: pipeline?.pendingBytes ?? 0,
      inFlightRecords: acks.unsafe,
      isPaused: this.isPaused,
      oldestUnpublishedMs: Math.max(0, now - (acks.oldestCommitTime ?? now)),
      ackAgeMs: performance.now() - ledger.reportedAt,
      checkpointAgeMs: performance.now() - this.options.checkpoint.storedAt,
      requests,
      meanBatchRecords: requests === 0 ? 0 : records / requests,
      meanProduceMs: requests === 0 ? 0 : milliseconds / requests,
    };
  }

  // What comes from the session

  onWal(bytes: Buffer, start: number, end: number): void {
    this.heardAt = performance.now();
    if (this.isEnding || (this.isDraining && !this.acks.isInTransaction)) return;
    this.decoder.decode(bytes, start, end);
  }

  /** The server has sent all up to `walEnd`; it may go when there is nothing of it that is not safe. */
  onKeepalive(walEnd: Lsn): void {
    this.heardAt = performance.now();
    if (this.ledger.acked === 0 && this.committedAt === 0) this.ledger.begunAt = walEnd;
    if (!this.isDraining && !this.isEnding && this.acks.isIdle) this.acknowledge(walEnd);
  }

  onPause(): void {
    const { pipeline } = this;
    if (!pipeline || this.isEnding) return;
    pipeline.flush();
    if (this.isDraining) return this.checkDrained();
    if (this.isPaused || pipeline.pendingBytes <= this.options.windowBytes) return;
    this.isPaused = true;
    this.options.session.pause();
  }

  onEnd(error: Error): void {
    this.fail(error);
  }

  // What the decoder finds in it

  onRelation(relation: Relation): void {
    this.encoders.set(relation.oid, relation.oid === this.options.outbox ? new RecordEncoder(relation) : undefined);
  }

  onBegin(commitTimeMicros: number): void {
    this.committedAt = commitTimeMicros / 1000 + 946_684_800_000;
    this.acks.begin(this.committedAt);
  }

  onInsert(relationOid: number, row: InsertedRow): void {
    const encoder = this.encoders.get(relationOid);
    if (!encoder) return;
    const record = encoder.encode(row);
    if (!record) return this.options.skips.reject(encoder.describe(row));
    if (this.options.skips.mustSkip(record)) return;
    const number = this.acks.next();
    if (this.spans) this.spans.note(record, number, this.committedAt);
    this.pipeline?.push(record, number);
  }

  onCommit(endLsn: Lsn): void {
    const safe = this.acks.commit(endLsn);
    if (safe !== undefined) this.acknowledge(safe);
  }

  onLogicalMessage(prefix: string, bytes: Buffer, start: number, end: number): void {
    if (prefix !== heartbeatPrefix) return;
    const content = bytes.toString('latin1', start, end);
    if (content.startsWith(this.heartbeatTag)) this.heartbeatMs = performance.now() - Number(content.slice(this.heartbeatTag.length));
  }

  // What the broker says

  acknowledged(upTo: number): void {
    const { acks, options, pipeline } = this;
    const before = acks.unsafe;
    const lsn = acks.acknowledged(upTo);
    this.spans?.acknowledged(upTo, options.database);
    options.counts.published += before - acks.unsafe;
    diagnostics.relayPublished.publish({ database: options.database, records: before - acks.unsafe });
    if (lsn !== undefined) this.acknowledge(lsn);
    if (this.isPaused && (pipeline?.pendingBytes ?? 0) <= options.windowBytes / 2) {
      this.isPaused = false;
      // Nothing was heard while nothing was read.
      this.heardAt = performance.now();
      options.session.resume();
    }
    this.checkDrained();
  }

  failed(error: Error): void {
    void this.endWith(error);
  }

  private acknowledge(lsn: Lsn): void {
    this.ledger.acknowledge(lsn);
    if (!this.isBeatSoon && this.ledger.isMuchUnstored) this.scheduleSoon();
  }

  /** What the broker has taken before it failed is not repeated by the tries that follow. */
  private async endWith(error: Error): Promise<void> {
    if (this.isEnding) return;
    this.isEnding = true;
    clearTimeout(this.beatTimer);
    this.pipeline?.close();
    this.options.session.pause();
    if (this.isOurs)
      await within(
        confirmMs,
        this.afterBeat(() => this.ledger.store()),
      );
    this.fail(error);
  }

  private fail(error: Error): void {
    this.close();
    this.end.reject(error);
  }

  private checkDrained(): void {
    if (!this.isDraining || this.acks.isInTransaction) return;
    this.options.session.pause();
    if (this.acks.unsafe === 0) this.drained?.resolve();
  }

  private scheduleBeat(inMs: number): void {
    clearTimeout(this.beatTimer);
    this.beatTimer = setTimeout(() => void (this.beating = this.beat()), inMs);
  }

  /** One query at a time on the control connection. */
  private async afterBeat(work: () => Promise<void>): Promise<void> {
    clearTimeout(this.beatTimer);
    await this.beating;
    await work();
  }

  private scheduleNext(): void {
    this.scheduleBeat(beatMs);
    this.isBeatSoon = false;
  }

  private scheduleSoon(): void {
    this.scheduleBeat(soonMs);
    this.isBeatSoon = true;
  }

  private look(): Promise<void> {
    return this.options.checkpoint.look(`${this.heartbeatTag}${performance.now()}`, this.walSender);
  }

  private async beat(): Promise<void> {
    const silentMs = performance.now() - this.heardAt;
    if (!this.isPaused && silentMs > silenceMs) return this.fail(new Error(`nothing came through the log for ${Math.round(silentMs)} ms`));
    const timeout = setTimeout(() => this.fail(new Error('the database did not answer a heartbeat')), answerMs);
    this.isBeatSoon = true;
    try {
      // Looked at first: what was proved until now is stored only if it still is.
      if (!this.isDraining) await this.look();
      if (!this.isDraining) await this.ledger.store();
      if (!this.isEnding && !this.isDraining) this.scheduleNext();
    } catch (error) {
      this.fail(error as Error);
    } finally {
      clearTimeout(timeout);
    }
  }
}
