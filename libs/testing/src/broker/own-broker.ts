import type { Broker } from '@ftgo/messaging/broker';
import type { BrokerAccess } from '@ftgo/runner/system';
import { testDatabase } from '../database.js';
import { type OwnServer, startKafka, startPostgres, testKafka } from '../infrastructure.js';
import { type BrokerSettings, brokerConfigOf, openBrokerAt } from './broker-access.js';
import { noKafka } from './no-kafka.js';

/** A private broker: a Kafka or, without Kafka, a database on a PostgreSQL. */
export interface OwnBroker extends OwnServer {
  readonly access: BrokerAccess;
  /** The part of a service's configuration that names it. */
  readonly config: BrokerSettings;
  client(clientId: string): Broker;
}

/** Starts a broker for this spec only; about 1 s. */
export async function startBroker(): Promise<OwnBroker> {
  const { server, access } = noKafka ? await ownPostgres() : await ownKafka();
  return {
    kill: () => server.kill(),
    stop: () => server.stop(),
    start: () => server.start(),
    access,
    config: brokerConfigOf(access),
    client: (clientId) => openBrokerAt(access, clientId),
  };
}

async function ownKafka(): Promise<{ server: OwnServer; access: BrokerAccess }> {
  const server = await startKafka();
  return { server, access: { kind: 'kafka', brokers: server.brokers } };
}

async function ownPostgres(): Promise<{ server: OwnServer; access: BrokerAccess }> {
  const server = await startPostgres();
  return { server, access: { kind: 'postgres', url: (await testDatabase({ server })).url } };
}

let shared: Promise<BrokerAccess> | undefined;

/** The Kafka shared by the specs of a run or, without Kafka, a broker on PostgreSQL: use unique topics and groups. */
export function testBroker(): Promise<BrokerAccess> {
  shared ??= noKafka
    ? testDatabase().then(({ url }) => ({ kind: 'postgres', url }))
    : testKafka().then(({ brokers }) => ({ kind: 'kafka', brokers }));
  return shared;
}
