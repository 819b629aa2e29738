import { rateLimited } from '@ftgo/messaging/broker';
import type { KafkaConfig } from 'kafkajs';
import { type Access, type AccessNames, accessOf } from '../access.js';

/** Options for Kafka through kafkajs. Only the first two are required. */
export interface KafkaJsBrokerOptions {
  /** `host:port` of some brokers; the others are discovered. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** How errors name `tls` and `sasl`, if they come from settings with other names. */
  readonly accessNames?: AccessNames;
  /** How long a member may be silent before its partitions are reassigned. */
  readonly sessionTimeoutMs?: number;
  /** How long a handler may continue while the subscription closes. */
  readonly drainTimeoutMs?: number;
  /** Called when there is a problem that resolves itself; default: ignored. */
  readonly onProblem?: (what: string, error: Error) => void;
}

export type Settings = KafkaJsBrokerOptions &
  Required<Pick<KafkaJsBrokerOptions, 'sessionTimeoutMs' | 'drainTimeoutMs' | 'onProblem'>> & { readonly access: Access };

export function settingsOf(options: KafkaJsBrokerOptions): Settings {
  // 6 s is the minimum for a broker with default settings.
  const { sessionTimeoutMs = 6_000, drainTimeoutMs = 4_000, onProblem = () => undefined } = options;
  const access = accessOf((options.sasl as { username?: string } | undefined)?.username, options.accessNames);
  return { ...options, access, sessionTimeoutMs, drainTimeoutMs, onProblem: rateLimited(onProblem) };
}
