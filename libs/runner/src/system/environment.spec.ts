import { describe, expect, it } from 'vitest';
import type { App } from '../workspace/apps.js';
import { withInstances } from '../workspace/apps.js';
import { environmentOf, migrationEnvironmentOf, type Surroundings } from './environment.js';

const app = (name: string, http: number, grpc: number | undefined, database: string | undefined): App => ({
  name,
  folder: name,
  http,
  grpc,
  database,
  changesTables: false,
  migrate: database && 'migrate.ts',
  main: `${name}/main.ts`,
});

const apps = withInstances(
  [
    app('api-gateway', 8087, undefined, undefined),
    app('order-service', 8082, 50_051, 'ftgo_order'),
    app('outbox-relay', 8090, undefined, undefined),
  ],
  { 'order-service': 2 },
);
const around: Surroundings = {
  apps,
  ports: Object.fromEntries(
    apps.flatMap(
      ({ name, http, grpc }) =>
        [
          [`${name} http`, http],
          [`${name} grpc`, grpc],
        ] as Array<[string, number]>,
    ),
  ),
  broker: { kind: 'kafka', brokers: '127.0.0.1:19092' },
  postgres: { adminUrl: 'postgres://postgres:secret@127.0.0.1:54329/postgres', secret: 'secret' },
};
const appNamed = (name: string): App => apps.find((each) => each.name === name)!;
const environment = (name: string, surroundings = around) => environmentOf(appNamed(name), surroundings);

it('each app connects to a secured Kafka as a user of its own, and the relay as one for each service', () => {
  const secured = { ...around, broker: { kind: 'kafka', brokers: '127.0.0.1:19092', securityFolder: '/security' } as const };
  const userOf = (name: string) => [
    environment(name, secured)['FTGO_KAFKA_USERNAME'],
    environment(name, secured)['FTGO_KAFKA_PASSWORD_FILE'],
  ];
  expect(userOf('order-service-2')).toEqual(['order-service', '/security/passwords/order-service']);
  expect(userOf('api-gateway')).toEqual(['api-gateway', '/security/passwords/api-gateway']);
  expect(userOf('outbox-relay')).toEqual(['{service}-relay', '/security/passwords/{service}-relay']);
  expect(environment('order-service')).not.toHaveProperty('FTGO_KAFKA_USERNAME');
});

it('with security, each app has a port for operators, where the gateway asks the services for their operations', () => {
  const managed = { ...around, ports: { ...around.ports, 'order-service management': 18_082, 'api-gateway management': 18_087 } };
  expect(environment('order-service', managed)).toMatchObject({ FTGO_HTTP_PORT: '8082', FTGO_MANAGEMENT_PORT: '18082' });
  expect(environment('api-gateway', managed)).toMatchObject({
    FTGO_MANAGEMENT_PORT: '18087',
    FTGO_ORDER_GRPC_URL: '127.0.0.1:50051,127.0.0.1:51051',
    FTGO_SERVICE_URLS: 'order-service=http://127.0.0.1:18082',
  });
  expect(environment('order-service')).not.toHaveProperty('FTGO_MANAGEMENT_PORT');
});

it('migrations run as the owner of the tables, unless the service changes them itself', () => {
  const history = { ...appNamed('order-service'), database: 'ftgo_order_history', changesTables: true };
  const roleOf = (each: App) => new URL(migrationEnvironmentOf(each, around)['FTGO_DATABASE_URL'] ?? '').username;
  expect(roleOf(appNamed('order-service'))).toBe('ftgo_order_owner');
  expect(roleOf(history)).toBe('ftgo_order_history');
  expect(environment('order-service')['FTGO_DATABASE_URL']).toContain('//ftgo_order:');
});

describe('several instances of a service', () => {
  it('have their own ports, and share the database, which only the first migrates', () => {
    expect(apps.map(({ name, http, grpc, migrate }) => [name, http, grpc, migrate])).toEqual([
      ['api-gateway', 8087, undefined, undefined],
      ['order-service', 8082, 50_051, 'migrate.ts'],
      ['order-service-2', 9082, 51_051, undefined],
      ['outbox-relay', 8090, undefined, undefined],
    ]);
    expect(environment('order-service-2')['FTGO_DATABASE_URL']).toBe(environment('order-service')['FTGO_DATABASE_URL']);
    expect(environment('outbox-relay')['FTGO_RELAY_DATABASE_URLS']).not.toContain(',');
  });

  it('are all known to their callers', () => {
    expect(environment('api-gateway')['FTGO_ORDER_GRPC_URL']).toBe('127.0.0.1:50051,127.0.0.1:51051');
    expect(environment('api-gateway')['FTGO_SERVICE_URLS']).toBe('order-service=http://127.0.0.1:8082');
    expect(Object.keys(environment('order-service-2')).filter((name) => name.endsWith('_GRPC_URL'))).toEqual([]);
  });

  it('are found through a registry, if there is one', () => {
    const registry = { kind: 'etcd', url: 'http://127.0.0.1:19100' } as const;
    expect(environment('api-gateway', { ...around, registry })).toMatchObject({
      FTGO_DISCOVERY: 'etcd',
      FTGO_REGISTRY_URL: 'http://127.0.0.1:19100',
    });
    expect(environment('api-gateway', { ...around, registry })).not.toHaveProperty('FTGO_ORDER_GRPC_URL');
  });

  it('are rejected for an unknown service', () => {
    expect(() => withInstances(apps, { 'oder-service': 2 })).toThrow("unknown service 'oder-service'; the services are api-gateway,");
  });
});
