import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { seldom } from '@ftgo/messaging/broker';

/** Credentials of a client, given once or asked for at each connection. */
export interface SaslOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';
  readonly username?: string | (() => string | Promise<string>);
  readonly password?: string | (() => string | Promise<string>);
  /** Of OAUTHBEARER. */
  readonly token?: string | (() => string | Promise<string>);
}

/** How to reach and use Kafka. Only the first two are needed. */
export interface KafkaBrokerOptions {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** Of Node's `tls.connect`; `{}` encrypts and checks the broker's certificate. Default: no TLS. */
  readonly tls?: TlsOptions;
  readonly sasl?: SaslOptions;
  /** A name of this instance that survives its restart: the group then gives its partitions back to it at once. */
  readonly instanceId?: string;
  /** How long a member may be silent before its partitions go to another one. */
  readonly sessionTimeoutMs?: number;
  /** How long a handler may go on after its partition was taken away or the subscription is being closed. */
  readonly drainTimeoutMs?: number;
  /**
   * What a compressed batch of records may expand to; default 4 MiB, or the largest record that a subscriber takes when that
   * is more. A larger one is not read: a record that stands for it says so. Each partition may hold one batch at a time.
   */
  readonly largestBatchBytes?: number | undefined;
  /** Told when something is wrong that mends itself; default: nobody. */
  readonly onTrouble?: (what: string, error: Error) => void;
}

export type Settings = Required<Pick<KafkaBrokerOptions, 'sessionTimeoutMs' | 'drainTimeoutMs' | 'onTrouble'>> & {
  readonly largestBatchBytes: number;
} & KafkaBrokerOptions;

/** 6 s is the least that a broker with default settings takes. */
const defaults = { sessionTimeoutMs: 6_000, drainTimeoutMs: 4_000, onTrouble: () => undefined };
const defaultLargestBatchBytes = 4 * 1024 * 1024;

export function settingsOf(options: KafkaBrokerOptions): Settings {
  const settings = { ...defaults, ...options };
  const { largestBatchBytes = defaultLargestBatchBytes } = options;
  return { ...settings, largestBatchBytes, onTrouble: seldom(settings.onTrouble) };
}
