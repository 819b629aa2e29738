import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { rateLimited } from '@ftgo/messaging/broker';
import { type Access, type AccessNames, accessOf } from './access.js';

/** A client's credentials, constant or requested for each connection. */
export interface SaslOptions {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER';
  readonly username?: string | (() => string | Promise<string>);
  readonly password?: string | (() => string | Promise<string>);
  /** The token for OAUTHBEARER. */
  readonly token?: string | (() => string | Promise<string>);
}

/** Options for Kafka. Only the first two are required. */
export interface KafkaBrokerOptions {
  /** `host:port` of some brokers; the others are discovered. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** The options of Node's `tls.connect`; `{}` encrypts and verifies the broker's certificate. Default: no TLS. */
  readonly tls?: TlsOptions;
  readonly sasl?: SaslOptions;
  /** How errors name `tls` and `sasl`, if they come from settings with other names. */
  readonly accessNames?: AccessNames;
  /**
   * A name of this instance that survives its restart (static membership): the group then returns its partitions immediately.
   */
  readonly instanceId?: string;
  /** How long a member may be silent before its partitions are reassigned. */
  readonly sessionTimeoutMs?: number;
  /** How long a handler may continue after its partition was revoked or the subscription closes. */
  readonly drainTimeoutMs?: number;
  /**
   * Limit for the decompressed size of a record batch; default 4 MiB, or the largest record of a subscriber if that is larger.
   * A larger batch is not read: one record that represents it reports this. Each partition may hold one batch at a time.
   */
  readonly largestBatchBytes?: number | undefined;
  /** Called when there is a problem that resolves itself; default: ignored. */
  readonly onProblem?: (what: string, error: Error) => void;
}

export type Settings = Required<Pick<KafkaBrokerOptions, 'sessionTimeoutMs' | 'drainTimeoutMs' | 'onProblem'>> & {
  readonly largestBatchBytes: number;
  readonly access: Access;
} & KafkaBrokerOptions;

/** 6 s is the minimum for a broker with default settings. */
const defaults = { sessionTimeoutMs: 6_000, drainTimeoutMs: 4_000, onProblem: () => undefined };
const defaultLargestBatchBytes = 4 * 1024 * 1024;

export function settingsOf(options: KafkaBrokerOptions): Settings {
  const settings = { ...defaults, ...options };
  const { largestBatchBytes = defaultLargestBatchBytes } = options;
  const access = accessOf(options.sasl?.username, options.accessNames);
  return { ...settings, access, largestBatchBytes, onProblem: rateLimited(settings.onProblem) };
}
