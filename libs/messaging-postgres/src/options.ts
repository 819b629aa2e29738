import { type OnProblem, rateLimited } from '@ftgo/messaging/broker';

/** Options for the broker's database. Only the first two are required. */
export interface PostgresBrokerOptions {
  /** The URL of a database that only brokers use. Its role may create a schema in it. */
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly clientId: string;
  /** How long a member may be silent before its partitions are reassigned. */
  readonly sessionTimeoutMs?: number;
  /** How long a handler may continue after its partition was revoked or the subscription closes; shorter than the session. */
  readonly drainTimeoutMs?: number;
  /** The largest record that is accepted: key, value and headers; default 1 MiB, as in Kafka. */
  readonly maxRecordBytes?: number;
  /** For topics without their own setting; -1: forever; default 7 days, as in Kafka. */
  readonly retentionMs?: number;
  /** Interval between two deletions of expired records. */
  readonly retentionIntervalMs?: number;
  /** Called when there is a problem that the broker resolves by retrying. */
  readonly onProblem?: OnProblem;
}

export type Settings = Required<PostgresBrokerOptions>;

const dayMs = 24 * 60 * 60 * 1000;

const defaults = {
  sessionTimeoutMs: 6_000,
  drainTimeoutMs: 4_000,
  maxRecordBytes: 1024 * 1024,
  retentionMs: 7 * dayMs,
  retentionIntervalMs: 60_000,
  onProblem: () => undefined,
};

export function settingsOf(options: PostgresBrokerOptions): Settings {
  const settings = { ...defaults, ...options };
  return { ...settings, onProblem: rateLimited(settings.onProblem) };
}
