import { seldom } from '@ftgo/messaging/broker';
import type { KafkaConfig } from 'kafkajs';

/** How to reach and use Kafka through kafkajs. Only the first two are needed. */
export interface KafkaJsBrokerOptions {
  /** `host:port` of some brokers; the others are found through them. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  readonly tls?: KafkaConfig['ssl'];
  readonly sasl?: KafkaConfig['sasl'];
  /** How long a member may be silent before its partitions go to another one. */
  readonly sessionTimeoutMs?: number;
  /** How long a handler may go on when the subscription is being closed. */
  readonly drainTimeoutMs?: number;
  /** Told when something is wrong that mends itself; default: nobody. */
  readonly onTrouble?: (what: string, error: Error) => void;
}

export type Settings = KafkaJsBrokerOptions & Required<Pick<KafkaJsBrokerOptions, 'sessionTimeoutMs' | 'drainTimeoutMs' | 'onTrouble'>>;

export function settingsOf(options: KafkaJsBrokerOptions): Settings {
  // 6 s is the least that a broker with default settings takes.
  const { sessionTimeoutMs = 6_000, drainTimeoutMs = 4_000, onTrouble = () => undefined } = options;
  return { ...options, sessionTimeoutMs, drainTimeoutMs, onTrouble: seldom(onTrouble) };
}
