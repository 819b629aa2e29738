import type { SourceFlow, SourceKind } from '../source/outbox-source.js';

/**
 * - starting: not yet known
 * - standby: another relay leads
 * - backfilling: publishing what the log no longer holds
 * - leading: reading the log and publishing
 * - waiting: the database or the broker is away or not set up yet, or the slot cannot be made before old transactions have
 *   ended; `reason` says which
 * - misconfigured: somebody must mend something; `reason` says what and how
 * - refused: the broker refuses a record for ever; nothing after it is published
 */
export type RelayState = 'starting' | 'standby' | 'backfilling' | 'leading' | 'waiting' | 'misconfigured' | 'refused' | 'stopped';

/** How the relay of one database is doing. */
export interface RelayStatus {
  readonly database: string;
  readonly slot: string;
  readonly source: SourceKind;
  readonly state: RelayState;
  /** Why it waits, is refused or is misconfigured. */
  readonly reason: string | undefined;
  /** Transactions that have to end before the slot is made. */
  readonly blockingTransactions: number;
  /** Messages of this database are on their way, here or at another relay. */
  readonly isReady: boolean;
  /**
   * True while the log is proved to bring every message that is not published; false from the moment when it is not until
   * all that may be missing was published from the table. Undefined while another relay leads, and before the first look.
   */
  readonly isProved: boolean | undefined;
  readonly published: number;
  readonly backfilled: number;
  readonly terms: number;
  readonly alarms: number;
  /** Messages of the outbox that its service may not send; relay_skip has them. */
  readonly rejected: number;
  /**
   * Age of the oldest commit that is not known to be published. While nobody can lead: since all was last known to be.
   * Undefined while another relay leads.
   */
  readonly lagMs: number | undefined;
  /** Only while leading. */
  readonly flow: FlowStatus | undefined;
}

/** What a leader measures. */
export type FlowStatus = SourceFlow & PublisherFlow;

/** What is measured between source and broker. */
export interface PublisherFlow {
  readonly inFlightBytes: number;
  readonly inFlightRecords: number;
  /** True while the broker is slower than the source and reading waits. */
  readonly isPaused: boolean;
  /** Age of the oldest committed message that is not known to be published. */
  readonly oldestUnpublishedMs: number;
  readonly requests: number;
  /** Mean size and duration of the requests to the broker. */
  readonly meanBatchRecords: number;
  readonly meanProduceMs: number;
}

/** Counted over the life of a relay, whoever leads. */
export interface RelayCounts {
  published: number;
  backfilled: number;
  terms: number;
  alarms: number;
  rejected: number;
}
