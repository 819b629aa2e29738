import type { RecordView } from '@ftgo/messaging/broker';
import type { InvalidRow } from '../record/invalid-row.js';

/** The write-ahead log, or rounds over the table. */
export type SourceKind = 'wal' | 'polling';

/** A position in a source. It only increases; its unit depends on the source. */
export type Position = number;

/** Reads the committed rows of an outbox, those of one key in commit order. */
export interface OutboxSource {
  /** Starts passing every row to the sink that is not proved to be published. Rejects if another relay reads this source. */
  open(sink: OutboxSink): Promise<void>;
  /** Called when the broker has everything up to this position. Returns immediately; the source stores it soon. */
  acknowledge(position: Position): void;
  /** Stops reading until `resume`, because the broker is slower than the source. */
  pause(): void;
  resume(): void;
  /** Reads no further transaction, but completes an open one. */
  finish(): void;
  /** Stops reading, and stores what is acknowledged, so that the next relay does not repeat it. */
  settle(): Promise<void>;
  /** Closes the connections. The sink is not called afterwards. */
  close(): void;
  /** True once a pending message has been published and will not be published again. */
  readonly hasAdvanced: boolean;
  /** Resolves when `hasAdvanced` becomes true. */
  readonly advanced: Promise<void>;
  readonly flow: SourceFlow;
}

/** Called by a source, in this order for each transaction: begin, publish or reject for each row, commit. */
export interface OutboxSink {
  begin(committedAtMs: number): void;
  /** The record is valid only during the call. */
  publish(record: RecordView): void;
  /** The row cannot be turned into a record. */
  reject(row: InvalidRow): void;
  /** The transaction is complete: the position may be acknowledged once the broker has it and everything before it. */
  commit(position: Position): void;
  /** Everything up to this position was passed on. */
  idle(position: Position): void;
  /** Everything received was passed on; more may follow. */
  flush(): void;
  /** The source has failed. Nothing is called afterwards. */
  sourceFailed(error: Error): void;
}

/** Measurements of a source. */
export interface SourceFlow {
  /** The log that the server retains for the relay; undefined for a source that does not read the log. */
  readonly lagBytes: number | undefined;
  /** The time that the last heartbeat took through the log. */
  readonly heartbeatMs: number | undefined;
  /** Time since progress was last reported to the database. */
  readonly ackAgeMs: number;
  /** Time since the checkpoint was last stored. */
  readonly checkpointAgeMs: number;
}
