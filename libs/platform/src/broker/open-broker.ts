import type { Broker } from '@ftgo/messaging/broker';
import type { KafkaAccess } from '@ftgo/messaging-kafka/open';
import { isProduction } from './config.js';

/** The choice of broker, as `brokerConfig` reads it from the environment. */
export interface BrokerConfig {
  readonly broker?: 'kafka' | 'postgres' | undefined;
  readonly brokerUrl?: string | undefined;
  readonly kafkaBrokers?: readonly string[] | undefined;
  readonly kafkaClient?: 'native' | 'kafkajs' | undefined;
  readonly kafkaLargestBatchBytes?: number | undefined;
  readonly kafkaTlsCaFile?: string | undefined;
  readonly kafkaSaslMechanism?: 'SCRAM-SHA-512' | 'SCRAM-SHA-256' | 'PLAIN' | undefined;
  readonly kafkaUsername?: string | undefined;
  readonly kafkaPasswordFile?: string | undefined;
}

/** Where problems with the broker are logged; pino and Nest's logger both fit. */
export interface BrokerLog {
  warn(fields: { readonly err?: Error }, message: string): void;
}

/**
 * Opens the configured broker and loads only its adapter. `logOf` receives the name of the broker. Limitations of the adapter
 * are logged immediately.
 */
export async function openBroker(config: BrokerConfig, clientId: string, logOf: (broker: string) => BrokerLog): Promise<Broker> {
  return config.broker === 'postgres' ? openPostgres(config, clientId, logOf('PostgreSQL')) : openKafka(config, clientId, logOf('Kafka'));
}

async function openKafka(config: BrokerConfig, clientId: string, log: BrokerLog): Promise<Broker> {
  const { kafkaBrokers: brokers = [], kafkaClient: client, kafkaLargestBatchBytes: largestBatchBytes } = config;
  const kafka = await import('@ftgo/messaging-kafka/open');
  return kafka.openKafka({
    client,
    access: kafkaAccess(config),
    brokers,
    clientId,
    largestBatchBytes,
    onProblem: reportTo(log),
    warn: (message) => log.warn({}, message),
  });
}

const accessNames = { tls: 'FTGO_KAFKA_TLS_CA_FILE', username: 'FTGO_KAFKA_USERNAME', password: 'FTGO_KAFKA_PASSWORD_FILE' };

/** How a secured Kafka is accessed. */
export function kafkaAccess(config: BrokerConfig): KafkaAccess {
  const { kafkaTlsCaFile: tlsCaFile, kafkaSaslMechanism: mechanism, kafkaUsername: username, kafkaPasswordFile: passwordFile } = config;
  const sasl = mechanism && username && passwordFile ? { mechanism, username, passwordFile } : undefined;
  return { tlsCaFile, sasl, names: accessNames };
}

async function openPostgres({ brokerUrl: url = '' }: BrokerConfig, clientId: string, log: BrokerLog): Promise<Broker> {
  const { postgresBroker } = await import('@ftgo/messaging-postgres');
  if (isProduction()) log.warn({}, 'messages go through PostgreSQL, which is meant for development and small installations (ADR 36)');
  return postgresBroker({ url, clientId, onProblem: reportTo(log) });
}

const reportTo = (log: BrokerLog) => (what: string, error: Error) => log.warn({ err: error }, what);

/** For programs that a person runs. */
export const consoleLog = (): BrokerLog => ({ warn: (_fields, message) => console.warn(message) });
