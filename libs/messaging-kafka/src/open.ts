import type { Broker } from '@ftgo/messaging/broker';
import type { KafkaBrokerOptions } from './options.js';

/** `native`: our own producer and group on the connections of `@platformatic/kafka`. */
export type KafkaClient = 'native' | 'kafkajs';

export interface OpenKafkaOptions extends Pick<KafkaBrokerOptions, 'brokers' | 'clientId' | 'largestBatchBytes' | 'onProblem'> {
  /** Default: native. */
  readonly client?: KafkaClient | undefined;
  /** Called once if the client lacks features of the native one. */
  readonly warn: (message: string) => void;
}

/** Kafka through the chosen client. The other one is not loaded. */
export async function openKafka({ client = 'native', warn, largestBatchBytes, ...options }: OpenKafkaOptions): Promise<Broker> {
  if (client === 'native') {
    const { kafkaBroker } = await import('./index.js');
    return kafkaBroker({ ...options, largestBatchBytes });
  }
  const { kafkaJsBroker, kafkaJsLacks } = await import('./kafkajs/index.js');
  warn(`Kafka is used through kafkajs, which lacks: ${kafkaJsLacks.join('; ')}`);
  return kafkaJsBroker(options);
}
