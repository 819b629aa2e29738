import type { SourceFlow, SourceKind } from '../source/outbox-source.js';

/**
 * - starting: not yet known
 * - standby: another relay leads
 * - backfilling: publishing what the log no longer holds
 * - leading: reading the log and publishing
 * - waiting: the database or the broker is unavailable or not set up yet, or the slot cannot be created until old
 *   transactions have ended; see `reason`
 * - misconfigured: an operator must repair something; `reason` states what and how
 * - refused: the broker permanently rejects a record; nothing after it is published
 */
export type RelayState = 'starting' | 'standby' | 'backfilling' | 'leading' | 'waiting' | 'misconfigured' | 'refused' | 'stopped';

/** The status of the relay of one database. */
export interface RelayStatus {
  readonly database: string;
  readonly slot: string;
  readonly source: SourceKind;
  readonly state: RelayState;
  /** Why it is waiting, refused or misconfigured. */
  readonly reason: string | undefined;
  /** Number of transactions that must end before the slot is created. */
  readonly blockingTransactions: number;
  /** True if messages of this database are being published, here or by another relay. */
  readonly isReady: boolean;
  /**
   * True while the log is proved to have every unpublished message; false from the moment that this is in doubt until
   * everything that may be missing was published from the table. Undefined while another relay leads, and before the first
   * check.
   */
  readonly isProved: boolean | undefined;
  readonly published: number;
  readonly backfilled: number;
  readonly terms: number;
  readonly alarms: number;
  /** Number of messages that the service may not send, or that are invalid; they are recorded in relay_skip. */
  readonly rejected: number;
  /**
   * Age of the oldest commit that is not known to be published. While no relay can lead: time since everything was known to
   * be published. Undefined while another relay leads.
   */
  readonly lagMs: number | undefined;
  /** Only while leading. */
  readonly flow: FlowStatus | undefined;
}

/** Measurements of a leader. */
export type FlowStatus = SourceFlow & PublisherFlow;

/** Measurements between source and broker. */
export interface PublisherFlow {
  readonly inFlightBytes: number;
  readonly inFlightRecords: number;
  /** True while reading is paused because the broker is slower than the source. */
  readonly isPaused: boolean;
  /** Age of the oldest committed message that is not known to be published. */
  readonly oldestUnpublishedMs: number;
  readonly requests: number;
  /** Mean size and duration of the requests to the broker. */
  readonly meanBatchRecords: number;
  readonly meanProduceMs: number;
}

/** Counted over the lifetime of a relay, in all its terms. */
export interface RelayCounts {
  published: number;
  backfilled: number;
  terms: number;
  alarms: number;
  rejected: number;
}
