import type { Broker } from '@ftgo/messaging/broker';
import { type KafkaAccess, readPassword, tlsFrom } from './access-files.js';
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

function nativeAccess(access: KafkaAccess): Partial<KafkaBrokerOptions> {
  const { sasl, names } = access;
  const tls = tlsFrom(access);
  if (!sasl) return { accessNames: names, ...(tls && { tls }) };
  const { mechanism, username, passwordFile } = sasl;
  // A function that fails asynchronously: the client expects no exception.
  const password = async () => readPassword(passwordFile, access);
  return { accessNames: names, ...(tls && { tls }), sasl: { mechanism, username, password } };
}

/** kafkajs has no function for a password, but reads the property for each authentication. */
function kafkaJsAccess(access: KafkaAccess) {
  const { sasl, names } = access;
  const tls = tlsFrom(access);
  if (!sasl) return { accessNames: names, ...(tls && { tls }) };
  const { mechanism, username, passwordFile } = sasl;
  const credentials = {
    mechanism: mechanism.toLowerCase() as 'scram-sha-512',
    username,
    get password() {
      return readPassword(passwordFile, access);
    },
  };
  return { accessNames: names, ...(tls && { tls }), sasl: credentials };
}
