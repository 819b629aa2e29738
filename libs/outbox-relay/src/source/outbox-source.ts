import type { RecordView } from '@ftgo/messaging/broker';
import type { InvalidRow } from '../record/invalid-row.js';

/** The sources that there are: the write-ahead log, and rounds over the table. */
export type SourceKind = 'wal' | 'polling';

/** How far a source has come. It rises; what it counts is the source's own matter. */
export type Position = number;

/** Where the committed rows of an outbox come from: those of one key in the order in which they were committed. */
export interface OutboxSource {
  /** Hands to the sink, from now on, every row that is not proved to be published. Rejects when another relay reads here. */
  open(sink: OutboxSink): Promise<void>;
  /** The broker has everything up to this position. Returns at once; the source stores it soon. */
  acknowledge(position: Position): void;
  /** Reads nothing until `resume`: the broker is slower than the source. */
  pause(): void;
  resume(): void;
  /** Reads no further transaction; one that is open is completed. */
  finish(): void;
  /** Reads nothing more, and stores what is acknowledged: the next relay does not repeat it. */
  settle(): Promise<void>;
  /** Gives up the connections. Nothing is called after it. */
  close(): void;
  /** True when something that was waiting has been published, and will not be published again. */
  readonly hasMovedOn: boolean;
  /** Resolves when `hasMovedOn` becomes true. */
  readonly movedOn: Promise<void>;
  readonly flow: SourceFlow;
}

/** What a source calls, in this order for each transaction: begin, publish or reject for each row, commit. */
export interface OutboxSink {
  begin(committedAtMs: number): void;
  /** The record is valid only during the call. */
  publish(record: RecordView): void;
  /** No record can be made of this row. */
  reject(row: InvalidRow): void;
  /** The transaction is complete: the position may be acknowledged once the broker has it and everything before it. */
  commit(position: Position): void;
  /** Everything up to this position was handed over. */
  idle(position: Position): void;
  /** Everything that had come was handed over; more comes later. */
  flush(): void;
  /** The source has failed. Nothing is called after it. */
  sourceFailed(error: Error): void;
}

/** What a source measures. */
export interface SourceFlow {
  /** Log that the server keeps for us; undefined for a source that reads no log. */
  readonly lagBytes: number | undefined;
  /** How long the last heartbeat took through the log. */
  readonly heartbeatMs: number | undefined;
  /** Since progress was last made known to the database. */
  readonly ackAgeMs: number;
  /** Since it was last stored that all before some moment is published. */
  readonly checkpointAgeMs: number;
}
