import { heartbeatPrefix } from '../../checkpoint/checkpoint.js';
import { postgresEpochMs } from '../../record/iso-time.js';
import { RecordEncoder } from '../../record/record-encoder.js';
import type { OutboxSink, OutboxSource, SourceFlow } from '../outbox-source.js';
import { Heartbeat } from './heartbeat.js';
import { Ledger, type LedgerOptions } from './ledger.js';
import type { Lsn } from './lsn.js';
import { type InsertedRow, PgOutputDecoder, type PgOutputListener, type Relation } from './pgoutput.js';
import type { SessionListener } from './replication-session.js';
import { SilenceWatch } from './silence.js';

export interface WalSourceOptions extends LedgerOptions {
  readonly publication: string;
  /** The table whose inserts are messages. */
  readonly outbox: number;
}

/** Reads the outbox from the write-ahead log, through a replication slot. */
export class WalSource implements OutboxSource, SessionListener, PgOutputListener {
  private readonly decoder = new PgOutputDecoder(this);
  private readonly encoders = new Map<number, RecordEncoder | undefined>();
  private readonly ledger: Ledger;
  private readonly silence = new SilenceWatch();
  private readonly heartbeat: Heartbeat;
  private walSender = 0;
  private sink: OutboxSink | undefined;
  /** The slot was checked, and is held until the session ends. */
  private isOurs = false;
  private hasBegun = false;
  private isInTransaction = false;
  private isFinishing = false;

  constructor(private readonly options: WalSourceOptions) {
    this.ledger = new Ledger(options);
    const { checkpoint } = options;
    this.heartbeat = new Heartbeat({
      check: (content) => checkpoint.beat(content, this.walSender),
      store: () => this.ledger.store(),
      checkSilence: () => this.silence.check(checkpoint.awaitedStandbys),
      onFailed: (error) => this.onEnd(error),
    });
  }

  /** Takes the slot, and checks that its position is unchanged. Rejects with the server's error if the slot cannot be taken. */
  async open(sink: OutboxSink): Promise<void> {
    const { session, slot, publication, checkpoint } = this.options;
    this.sink = sink;
    await checkpoint.publishes();
    this.walSender = await session.walSender();
    await session.start(slot, publication, this);
    await this.heartbeat.start();
    this.isOurs = true;
  }

  acknowledge(lsn: Lsn): void {
    this.ledger.acknowledge(lsn);
    if (this.ledger.isMuchUnstored) this.heartbeat.hasten();
  }

  pause(): void {
    this.silence.pause();
    this.options.session.pause();
  }

  resume(): void {
    if (this.isFinishing && !this.isInTransaction) return;
    this.silence.resume();
    this.options.session.resume();
  }

  finish(): void {
    this.isFinishing = true;
    void this.heartbeat.stop();
    if (!this.isInTransaction) this.pause();
  }

  async settle(): Promise<void> {
    this.sink = undefined;
    this.pause();
    await this.heartbeat.stop();
    if (this.isOurs) await this.ledger.settle();
  }

  close(): void {
    this.sink = undefined;
    void this.heartbeat.stop();
    this.options.session.close();
  }

  get hasAdvanced(): boolean {
    return this.ledger.hasAdvanced;
  }

  get advanced(): Promise<void> {
    return this.ledger.progressed;
  }

  get flow(): SourceFlow {
    const { ledger, options, heartbeat } = this;
    return {
      lagBytes: Math.max(0, options.checkpoint.logEnd - ledger.acked),
      heartbeatMs: heartbeat.latencyMs,
      ackAgeMs: performance.now() - ledger.reportedAt,
      checkpointAgeMs: performance.now() - options.checkpoint.storedAt,
    };
  }

  // From the session

  onWal(bytes: Buffer, start: number, end: number): void {
    this.silence.heard();
    if (!this.sink || (this.isFinishing && !this.isInTransaction)) return;
    this.decoder.decode(bytes, start, end);
  }

  onKeepalive(walEnd: Lsn): void {
    this.silence.heard();
    if (this.ledger.acked === 0 && !this.hasBegun) this.ledger.begunAt = walEnd;
    if (!this.isFinishing) this.sink?.idle(walEnd);
  }

  onPause(): void {
    this.sink?.flush();
    if (this.isFinishing && !this.isInTransaction) this.pause();
  }

  onEnd(error: Error): void {
    this.sink?.sourceFailed(error);
  }

  // From the decoder

  onRelation(relation: Relation): void {
    this.encoders.set(relation.oid, relation.oid === this.options.outbox ? new RecordEncoder(relation) : undefined);
  }

  onBegin(commitTimeMicros: number): void {
    this.hasBegun = true;
    this.isInTransaction = true;
    this.sink?.begin(commitTimeMicros / 1000 + postgresEpochMs);
  }

  onInsert(relationOid: number, row: InsertedRow): void {
    const encoder = this.encoders.get(relationOid);
    if (!encoder) return;
    const record = encoder.encode(row);
    if (record) this.sink?.publish(record);
    else this.sink?.reject(encoder.describe(row));
  }

  onCommit(endLsn: Lsn): void {
    this.isInTransaction = false;
    this.sink?.commit(endLsn);
  }

  onLogicalMessage(prefix: string, bytes: Buffer, start: number, end: number): void {
    if (prefix === heartbeatPrefix) this.heartbeat.heard(bytes.toString('latin1', start, end));
  }
}
