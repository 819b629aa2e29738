import { PgClient, urlsOf } from '@ftgo/messaging/postgres';
import { config } from '../config.js';
import { kafkaProgram } from '../kafka/kafka.js';
import { acceptsTls, answersMetadata } from '../kafka/probe.js';
import { PostgresProgram } from '../postgres/postgres.js';
import { passwordsFrom, provision } from '../postgres/provision.js';
import { type RegistryKind, registryProgram } from '../registries/index.js';
import { UserError } from '../user-error.js';
import type { App } from '../workspace/apps.js';
import { isMigratedByOwner } from './environment.js';
import type { BrokerKind, Home } from './home.js';
import { type PortPlan, portOf, registryPorts } from './port-plan.js';
import type { Supervisor } from './supervisor.js';

/** What is needed to start Postgres and Kafka. */
export interface Backing {
  readonly supervisor: Supervisor;
  readonly home: Home;
  readonly ports: PortPlan;
  readonly report: (line: string) => void;
}

/** How to connect to Postgres, whether started here or given. */
export interface PostgresAccess {
  readonly adminUrl: string;
  /** The secret from which the passwords of the roles are derived. */
  readonly secret: string;
  readonly isOurs: boolean;
}

/** The ports of the Postgres and Kafka that are started here. */
export const backingPorts = (broker: BrokerKind): string[] => [
  ...(config.postgresUrl ? [] : ['postgres']),
  ...(broker === 'postgres' || config.brokers ? [] : ['kafka', 'kafka controller']),
];

export function postgresAccess(home: Home, ports: PortPlan): PostgresAccess {
  const secret = home.secret();
  const given = config.postgresUrl;
  // With a given server, the secret is the administrator's password, so that all runs derive the same passwords for the roles.
  if (given) return { adminUrl: given, secret: new URL(urlsOf(given)[0]).password || secret, isOurs: false };
  return { adminUrl: ownPostgres(home, ports, secret).adminUrl, secret, isOurs: true };
}

/** Starts Postgres or checks the given one, and creates the databases and roles of the apps and the broker. */
export async function startPostgres(backing: Backing, apps: readonly App[], broker: BrokerKind): Promise<void> {
  const { supervisor, home, ports } = backing;
  const { adminUrl, secret, isOurs } = postgresAccess(home, ports);
  if (isOurs) {
    supervisor.add(ownPostgres(home, ports, secret), home.files('postgres'));
    await supervisor.start('postgres');
  } else {
    await tryGivenPostgres(adminUrl);
  }
  const withBroker = broker === 'postgres' && !config.brokerUrl;
  const databases = databasesOf(apps);
  const migrated = databasesOf(apps.filter(isMigratedByOwner));
  const { isPolled } = config;
  await provision({ adminUrl, databases, migrated, passwordOf: passwordsFrom(secret), isPolled, isOwnServer: isOurs, withBroker });
}

const databasesOf = (apps: readonly App[]): string[] => [...new Set(apps.flatMap(({ database }) => database ?? []))];

/** Starts Kafka or checks the given one. */
export async function startKafka({ supervisor, home, ports, report }: Backing, isSecured: boolean): Promise<void> {
  const given = config.brokers;
  if (given) return tryGivenKafka(given);
  const security = isSecured ? { securityFolder: home.kafkaSecurity } : {};
  const [clientPort, controllerPort] = [portOf(ports, 'kafka'), portOf(ports, 'kafka controller')];
  const node = { dataFolder: home.kafkaData, clientPort, controllerPort, ...security };
  supervisor.add(await kafkaProgram(node, report), home.files('kafka'));
  await supervisor.start('kafka');
}

/** Starts a registry, or uses the given one. */
export async function startRegistry({ supervisor, home, ports, report }: Backing, kind: RegistryKind): Promise<void> {
  if (config.registryUrl) return;
  const [client, ...own] = registryPorts.map((name) => portOf(ports, name)) as [number, ...number[]];
  supervisor.add(await registryProgram(kind, { dataFolder: home.registryData(kind), ports: [client, ...own] }, report), home.files(kind));
  await supervisor.start(kind);
}

/** The address of the registry that is started here, or given. */
export const registryUrl = (kind: RegistryKind, ports: PortPlan): string =>
  config.registryUrl ?? `${kind === 'zookeeper' ? '' : 'http://'}127.0.0.1:${portOf(ports, 'registry')}`;

const ownPostgres = (home: Home, ports: PortPlan, password: string) =>
  new PostgresProgram({
    dataFolder: home.postgresData,
    port: portOf(ports, 'postgres'),
    password,
    isDurable: config.isDurable,
    // A relay that is down while more is written publishes its outbox again; without a limit, the disk would become full.
    settings: { max_slot_wal_keep_size: '8GB' },
  });

async function tryGivenPostgres(url: string): Promise<void> {
  const client = new PgClient({ connectionString: url, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  try {
    await client.connect();
    const { rows } = await client.query<{ wal_level: string }>('SHOW wal_level');
    if (rows[0]?.wal_level === 'logical') return;
    throw new UserError(
      `cannot use the PostgreSQL of FTGO_POSTGRES_URL: wal_level is '${rows[0]?.wal_level}'; set wal_level = logical and restart it`,
    );
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    const { message } = cause as Error;
    throw new UserError(`cannot use the PostgreSQL of FTGO_POSTGRES_URL: ${message}; correct the URL, or unset it to start one`, {
      cause,
    });
  } finally {
    await client.end().catch(() => {});
  }
}

async function tryGivenKafka(brokers: string): Promise<void> {
  const answers = brokers.split(',').map((broker) => {
    const at = broker.lastIndexOf(':');
    const [host, port] = [broker.slice(0, at), Number(broker.slice(at + 1))];
    return config.kafkaCaFile ? acceptsTls({ host, port, caFile: config.kafkaCaFile }) : answersMetadata(host, port, 5_000);
  });
  if ((await Promise.all(answers)).some(Boolean)) return;
  const over = config.kafkaCaFile ? ' over TLS, with a certificate that FTGO_KAFKA_TLS_CA_FILE trusts' : '';
  throw new UserError(`no Kafka broker responds at FTGO_KAFKA_BROKERS=${brokers}${over}; start it, or unset the variable to start one`);
}
