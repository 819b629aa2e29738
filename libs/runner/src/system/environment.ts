import { join } from 'node:path';
import { config } from '../config.js';
import { kafkaSettingsFor } from '../kafka/security/secured-kafka.js';
import { ownerOf, passwordsFrom, relayRole, urlFor } from '../postgres/provision.js';
import type { RegistryKind } from '../registries/index.js';
import type { App } from '../workspace/apps.js';
import { repository } from '../workspace/repository.js';
import type { BrokerAccess } from './broker.js';
import { managementPortIn, type PortPlan, portOf } from './port-plan.js';
import { type SecurityAccess, securityOf } from './security.js';

/** The settings that all services share. */
export interface Surroundings {
  readonly apps: readonly App[];
  readonly ports: PortPlan;
  readonly broker: BrokerAccess;
  readonly postgres: { readonly adminUrl: string; readonly secret: string };
  /** The registry through which the services find each other; undefined if their addresses are configured. */
  readonly registry?: { readonly kind: RegistryKind; readonly url: string } | undefined;
  /** Whose access tokens requests need; undefined if they need none. */
  readonly security?: SecurityAccess | undefined;
}

type KafkaAddress = Extract<BrokerAccess, { kind: 'kafka' }>;

const relay = 'outbox-relay';
const gateway = 'api-gateway';

/** The URL by which a service connects to its own database, and to no other. */
export const databaseUrl = ({ postgres }: Surroundings, database: string): string => urlOf(postgres, database, database);

/** Whether a role other than that of the service migrates its database. */
export const isMigratedByOwner = ({ migrate, changesTables }: App): boolean => migrate !== undefined && !changesTables;

/** The environment in which an app's migrations run. */
export function migrationEnvironmentOf(app: App, around: Surroundings): NodeJS.ProcessEnv {
  const environment = environmentOf(app, around);
  if (!app.database || !isMigratedByOwner(app)) return environment;
  return { ...environment, FTGO_DATABASE_URL: urlOf(around.postgres, app.database, ownerOf(app.database)) };
}

const urlOf = ({ adminUrl, secret }: Surroundings['postgres'], database: string, role: string): string =>
  urlFor(adminUrl, { database, role, password: passwordsFrom(secret)(role) });

/** The environment of one app: its ports, its own database, the broker, and the addresses of the other services. */
export function environmentOf(app: App, around: Surroundings): NodeJS.ProcessEnv {
  const { ports, broker } = around;
  const environment: NodeJS.ProcessEnv = {
    ...withoutSecrets(config.inherited),
    NODE_COMPILE_CACHE: join(repository, '.cache', 'node'),
    FTGO_HTTP_HOST: '127.0.0.1',
    FTGO_BROKER: broker.kind,
    ...(broker.kind === 'kafka' ? kafkaSettings(app, broker) : {}),
  };
  if (app.http !== undefined) environment['FTGO_HTTP_PORT'] = String(portOf(ports, `${app.name} http`));
  if (`${app.name} management` in ports) environment['FTGO_MANAGEMENT_PORT'] = String(managementPortIn(ports, app.name));
  if (app.grpc !== undefined) environment['FTGO_GRPC_PORT'] = String(portOf(ports, `${app.name} grpc`));
  if (broker.kind === 'postgres' && (app.database || app.name === relay || app.name === gateway))
    environment['FTGO_BROKER_URL'] = broker.url;
  if (app.database) environment['FTGO_DATABASE_URL'] = databaseUrl(around, app.database);
  Object.assign(environment, securityOf(app.instanceOf ?? app.name, around.security));
  return { ...environment, ...grpcAddressesFor(app, around), ...addressesFor(app.name, around) };
}

/** The address of Kafka and, if it is secured, the user of the app: its name, or one for each service that the relay publishes. */
function kafkaSettings({ name, instanceOf = name }: App, { brokers, securityFolder }: KafkaAddress): NodeJS.ProcessEnv {
  const user = name === relay ? '{service}-relay' : instanceOf;
  return { FTGO_KAFKA_BROKERS: brokers, ...(securityFolder ? kafkaSettingsFor(securityFolder, user) : {}) };
}

/** Where to find the services: a registry, or the addresses of all their instances. */
function grpcAddressesFor(app: App, { apps, ports, registry }: Surroundings): NodeJS.ProcessEnv {
  if (registry) return { FTGO_DISCOVERY: registry.kind, FTGO_REGISTRY_URL: registry.url };
  const others = apps.filter(({ name, grpc, instanceOf }) => grpc !== undefined && !instanceOf && name !== (app.instanceOf ?? app.name));
  const addresses = others.map(({ name }) => {
    const instances = apps.filter((each) => (each.instanceOf ?? each.name) === name);
    return [variableOf(name), instances.map((each) => `127.0.0.1:${portOf(ports, `${each.name} grpc`)}`).join(',')] as const;
  });
  return Object.fromEntries(addresses);
}

const variableOf = (service: string): string =>
  `FTGO_${service
    .replace(/-service$/, '')
    .replaceAll('-', '_')
    .toUpperCase()}_GRPC_URL`;

/** The gateway gets the URLs of the operations of the services with data, the relay the URLs of all their databases. */
function addressesFor(name: string, { apps, ports, postgres }: Surroundings): NodeJS.ProcessEnv {
  const owners = apps.flatMap(({ database, ...app }) => (database === undefined || app.instanceOf ? [] : [{ ...app, database }]));
  if (name === gateway) {
    const withHttp = owners.filter(({ http }) => http !== undefined);
    const urls = withHttp.map((owner) => `${owner.name}=http://127.0.0.1:${managementPortIn(ports, owner.name)}`);
    return { FTGO_SERVICE_URLS: urls.join(',') };
  }
  if (name !== relay) return {};
  return { FTGO_RELAY_DATABASE_URLS: owners.map(({ database }) => urlOf(postgres, database, relayRole)).join(',') };
}

/** Not every service gets the URLs of the administrator and of the broker; npm's own variables are removed. */
export function withoutSecrets(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = ['FTGO_POSTGRES_URL', 'FTGO_BROKER_URL', 'FTGO_STOP_WITH_STDIN'];
  const isOurs = (name: string) => !name.startsWith('npm_') && !kept.includes(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => isOurs(name)));
}
