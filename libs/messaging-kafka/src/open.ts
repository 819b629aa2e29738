import type { Broker } from '@ftgo/messaging/broker';
import { type KafkaAccess, kafkaJsAccess, nativeAccess } from './access-files.js';
import type { KafkaBrokerOptions } from './options.js';

export type { KafkaAccess } from './access-files.js';

/** `native`: our own producer and group on the connections of `@platformatic/kafka`. */
export type KafkaClient = 'native' | 'kafkajs';

export interface OpenKafkaOptions extends Pick<KafkaBrokerOptions, 'brokers' | 'clientId' | 'largestBatchBytes' | 'onProblem'> {
  /** Default: native. */
  readonly client?: KafkaClient | undefined;
  /** Default: neither TLS nor credentials. */
  readonly access?: KafkaAccess | undefined;
  /** Called once if the client lacks features of the native one. */
  readonly warn: (message: string) => void;
}

/** Kafka through the chosen client. The other one is not loaded. */
export async function openKafka({ client = 'native', access, warn, largestBatchBytes, ...options }: OpenKafkaOptions): Promise<Broker> {
  if (client === 'native') {
    const { kafkaBroker } = await import('./index.js');
    return kafkaBroker({ ...options, largestBatchBytes, ...(access && nativeAccess(access)) });
  }
  const { kafkaJsBroker, kafkaJsLacks } = await import('./kafkajs/index.js');
  warn(`Kafka is used through kafkajs, which lacks: ${kafkaJsLacks.join('; ')}`);
  return kafkaJsBroker({ ...options, ...(access && kafkaJsAccess(access)) });
}
