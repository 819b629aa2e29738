import { readFileSync } from 'node:fs';
import type { Broker } from '@ftgo/messaging/broker';
import { kafkaBroker } from '@ftgo/messaging-kafka';
import { postgresBroker } from '@ftgo/messaging-postgres';
import { kafkaSettingsFor } from '@ftgo/runner/kafka';
import { adminUser, mechanismOf } from '@ftgo/runner/kafka-access';
import type { BrokerAccess } from '@ftgo/runner/system';

/** The address of a broker; that of a Kafka suffices. */
export type BrokerAt = BrokerAccess | string;

export const accessOf = (at: BrokerAt): BrokerAccess => (typeof at === 'string' ? { kind: 'kafka', brokers: at } : at);

/** The part of a service's configuration that names the broker. */
export interface BrokerSettings {
  readonly broker?: 'kafka' | 'postgres';
  readonly brokerUrl?: string;
  readonly kafkaBrokers?: string[];
}

export function brokerConfigOf(at: BrokerAt): BrokerSettings {
  const access = accessOf(at);
  return access.kind === 'kafka'
    ? { broker: 'kafka', kafkaBrokers: access.brokers.split(',') }
    : { broker: 'postgres', brokerUrl: access.url };
}

/** The same, as the environment of a process. */
export function brokerEnvironmentOf(at: BrokerAt): Record<string, string> {
  const access = accessOf(at);
  return access.kind === 'kafka'
    ? { FTGO_BROKER: 'kafka', FTGO_KAFKA_BROKERS: access.brokers }
    : { FTGO_BROKER: 'postgres', FTGO_BROKER_URL: access.url };
}

export type KafkaAddress = Extract<BrokerAccess, { kind: 'kafka' }>;

/** How other client libraries connect to Kafka: as the administrator, if it is secured. */
export const kafkaClientOf = ({ brokers, securityFolder }: KafkaAddress) => ({
  bootstrapBrokers: brokers.split(','),
  ...(securityFolder ? administratorOf(securityFolder) : {}),
});

function administratorOf(securityFolder: string) {
  const settings = kafkaSettingsFor(securityFolder, adminUser);
  const read = (name: keyof typeof settings) => readFileSync(settings[name] ?? '', 'utf8');
  return {
    tls: { ca: read('FTGO_KAFKA_TLS_CA_FILE') },
    sasl: { mechanism: mechanismOf(adminUser), username: adminUser, password: read('FTGO_KAFKA_PASSWORD_FILE') },
  } as const;
}

/** A client of the broker; it connects on first use. */
export function openBrokerAt(at: BrokerAt, clientId: string): Broker {
  const access = accessOf(at);
  return access.kind === 'kafka'
    ? kafkaBroker({
        brokers: access.brokers.split(','),
        clientId,
        ...(access.securityFolder ? administratorOf(access.securityFolder) : {}),
      })
    : postgresBroker({ url: access.url, clientId });
}
