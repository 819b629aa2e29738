import { type OnTrouble, seldom } from '@ftgo/messaging/broker';

/** How to reach the database of the broker, and how to use it. Only the first two are needed. */
export interface PostgresBrokerOptions {
  /** Of a database that only brokers use. Its role may create a schema in it. */
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly clientId: string;
  /** How long a member may be silent before its partitions go to another one. */
  readonly sessionTimeoutMs?: number;
  /** How long a handler may continue after its partition was taken away or the subscription closes; shorter than the session. */
  readonly drainTimeoutMs?: number;
  /** The largest record that is accepted: key, value and headers; default 1 MiB, as in Kafka. */
  readonly maxRecordBytes?: number;
  /** For topics that do not set their own; -1: for ever; default 7 days, as in Kafka. */
  readonly retentionMs?: number;
  /** Pause between two looks for records to delete. */
  readonly retentionIntervalMs?: number;
  /** Called when something fails that the broker retries by itself. */
  readonly onTrouble?: OnTrouble;
}

export type Settings = Required<PostgresBrokerOptions>;

const dayMs = 24 * 60 * 60 * 1000;

const defaults = {
  sessionTimeoutMs: 6_000,
  drainTimeoutMs: 4_000,
  maxRecordBytes: 1024 * 1024,
  retentionMs: 7 * dayMs,
  retentionIntervalMs: 60_000,
  onTrouble: () => undefined,
};

export function settingsOf(options: PostgresBrokerOptions): Settings {
  const settings = { ...defaults, ...options };
  return { ...settings, onTrouble: seldom(settings.onTrouble) };
}
