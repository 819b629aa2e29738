import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseConfig, variableOf } from '@ftgo/platform';
import { kafkaVersion } from '@ftgo/runner/kafka';
import { findApps, repository } from '@ftgo/runner/workspace';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HealthController } from '../../../libs/platform/src/health/health.controller.js';
import { type ComposeService, composeServices, longRunning, publishedPorts } from '../compose-file.js';
import { declared, demandEach } from '../declared.js';
import { dockerfileStages, type Stage } from '../dockerfile.js';
import { schemaOf } from './config-schema.js';
import { MountedSecrets, mountsOf } from './mounted-secrets.js';

const apps = findApps(join(repository, 'apps'));
const stages = dockerfileStages();
const services = composeServices();
const stageOf = (name: string): Stage => declared(stages[name], `the Dockerfile has no stage ${name}`);

const mounted = new MountedSecrets(services, 'docker-compose.yml');
const serviceOf = (name: string): ComposeService => mounted.service(name);
const environmentOf = (service: string, app: string) => mounted.environmentOf(service, stageOf(app).env);
beforeAll(() => {
  for (const { name } of apps.filter(({ database }) => database))
    declared(
      mounted.owners.find((owner) => owner === name),
      `service secrets of docker-compose.yml has no volume for ${name}`,
    );
  mounted.secrets.make('postgres:5432', new Map(apps.flatMap(({ name, database }) => (database ? [[name, database] as const] : []))));
});
afterAll(() => rmSync(mounted.folder, { recursive: true }));

/** These source files, and the files of this repository that they import. */
function importedBy(files: readonly string[], seen = new Set<string>()): ReadonlySet<string> {
  for (const file of files.filter((each) => !seen.has(each))) {
    seen.add(file);
    const paths = [...readFileSync(file, 'utf8').matchAll(/ from '(\..*)\.js';$/gm)].map(([, path]) => path);
    importedBy(
      paths.map((path) => join(dirname(file), `${path}.ts`)),
      seen,
    );
  }
  return seen;
}

describe('the Dockerfile', () => {
  test.each(findApps(join(repository, 'apps'), { isSecure: true }))('has an image for $name, with its ports', ({ name, http, grpc }) => {
    const { env, exposed, workdir, user, command } = stageOf(name);
    expect({ env, exposed, workdir, user, command }).toEqual({
      env: expect.objectContaining({
        FTGO_HTTP_PORT: String(http),
        ...(grpc ? { FTGO_GRPC_PORT: String(grpc) } : {}),
      }) as object,
      exposed: [http, grpc].filter((port) => port !== undefined),
      workdir: `/app/apps/${name}`,
      user: 'node',
      command: ['dist/main.js'],
    });
  });

  test('checks health at the route of the apps', () => {
    const routeOf = (target: unknown): unknown => Reflect.getMetadata('path', target as object);
    const { ready } = Object.getOwnPropertyDescriptors(HealthController.prototype);
    const path = `/${String(routeOf(HealthController))}/${String(routeOf(ready.value))}`;
    expect(readFileSync(join(repository, 'apps/outbox-relay/src/admin/admin-server.ts'), 'utf8')).toContain(`'${path}'`);
    for (const { name } of apps)
      expect(stageOf(name).healthcheck).toContain(`\${FTGO_MANAGEMENT_PORT:-$FTGO_HTTP_PORT} && printf 'GET ${path} HTTP`);
  });

  test('includes every file that database-setup imports', () => {
    const ignored = readFileSync(join(repository, '.dockerignore'), 'utf8').split('\n');
    const included = ignored.flatMap((line) => (line.startsWith('!tools/') ? [line.slice(1)] : []));
    const imported = importedBy(globSync(join(repository, 'tools/deployment/database-setup/*.ts')));
    const files = [...imported].map((file) => relative(repository, file));
    expect(files.filter((file) => !included.some((path) => file === path || file.startsWith(`${path}/`)))).toEqual([]);
  });

  test('includes the libraries that database-setup imports', () => {
    const imported = importedBy([join(repository, 'libs/runner/src/postgres/provision.ts')]);
    const libraries = [...imported].flatMap((file) => readFileSync(file, 'utf8').match(/ from '@ftgo\/[\w-]+/g) ?? []);
    const [, stage] = /^FROM runtime AS database-setup\n(.*?)^FROM/ms.exec(readFileSync(join(repository, 'Dockerfile'), 'utf8')) ?? [];
    expect(libraries).not.toEqual([]);
    expect(stage).toContain('COPY --from=build /app/libs libs\n');
  });

  test('works with any builder, and uses the Node version of npm start', () => {
    const text = readFileSync(join(repository, 'Dockerfile'), 'utf8');
    expect(text).not.toMatch(/# *syntax=|--mount/);
    const { dependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { dependencies: { node: string } };
    expect(stageOf('node').base).toMatch(new RegExp(`^node:${dependencies.node.split('.')[0]}-`));
  });
});

describe('docker-compose.yml', () => {
  test.each(apps)('publishes $name at the ports of the contract, on loopback only', ({ name, http, grpc }) => {
    const expected = [http, grpc].flatMap((port) => (port === undefined ? [] : [{ address: '127.0.0.1', host: port, container: port }]));
    expect([serviceOf(name).build?.target, publishedPorts(serviceOf(name))]).toEqual([name, expected]);
  });

  test('publishes no port to other machines', () => {
    const addresses = Object.values(services).flatMap((service) => publishedPorts(service).map(({ address }) => address));
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
  });

  test.each([...apps.map(({ name }) => [name, name]), ['outbox-relay-standby', 'outbox-relay']] as Array<[string, string]>)(
    'sets every variable that %s needs, and no unknown one',
    async (service, app) => {
      const schema = await schemaOf(app);
      const environment = environmentOf(service, app);
      expect(() => parseConfig(schema, environment)).not.toThrow();
      const known = Object.keys(schema.shape).map(variableOf);
      const unknown = Object.keys(environment).filter((name) => name.startsWith('FTGO_') && !known.includes(name.replace(/_FILE$/, '')));
      expect(unknown).toEqual([]);
    },
  );

  test.each(apps.filter(({ database }) => database))(
    'gives $name access to $database through a secret that no other service has',
    async ({ name, database }) => {
      const { databaseUrl } = parseConfig(await schemaOf(name), environmentOf(name, name)) as { databaseUrl: string };
      const { username, pathname, host, password } = new URL(databaseUrl);
      expect([username, pathname, host, password.length]).toEqual([database, `/${database}`, 'postgres:5432', 48]);
      const [[volume] = ['']] = mountsOf(serviceOf(name));
      const users = Object.keys(services).filter((service) => mountsOf(serviceOf(service)).some(([mounted]) => mounted === volume));
      expect(users).toEqual(['secrets', 'database-setup', name, name.replace(/-service$/, '-migration')]);
    },
  );

  test.each(apps.filter(({ migrate }) => migrate))('starts $name and the relays after its database is migrated', ({ name }) => {
    const migration = name.replace(/-service$/, '-migration');
    expect([serviceOf(migration).image, serviceOf(migration).command]).toEqual([serviceOf(name).image, ['dist/migrate.js']]);
    for (const service of [name, 'outbox-relay', 'outbox-relay-standby'])
      expect(serviceOf(service).depends_on?.[migration]).toEqual({ condition: 'service_completed_successfully' });
  });

  test('sets the URLs of each service for the gateway', () => {
    const given = Object.entries(serviceOf('api-gateway').environment ?? {}).filter(([name]) => name.endsWith('_GRPC_URL'));
    const expected = apps.flatMap(({ name, grpc }) => (grpc ? [[name, `${name}:${grpc}`] as const] : []));
    const urls = given.map(([, url]) => url);
    demandEach('service api-gateway of docker-compose.yml', urls, expected);
    expect(urls).toHaveLength(expected.length);
    for (const [name, url] of given) {
      const service = name.slice('FTGO_'.length, -'_GRPC_URL'.length).replaceAll('_', '-').toLowerCase();
      expect(url).toMatch(new RegExp(`^${service}-service:`));
    }
    const serviceUrls = serviceOf('api-gateway').environment?.['FTGO_SERVICE_URLS']?.split(',') ?? [];
    const owners = apps.flatMap(({ name, http, database }) => (database ? [[name, `${name}=http://${name}:${http}`] as const] : []));
    demandEach('FTGO_SERVICE_URLS of service api-gateway of docker-compose.yml', serviceUrls, owners);
    expect(serviceUrls).toHaveLength(owners.length);
  });

  test('runs the Kafka version of npm start, at the address that the apps use', () => {
    const { image, command } = serviceOf('kafka');
    expect(image.replace(/@.*/, '')).toBe(`apache/kafka:${kafkaVersion}`);
    const brokers = serviceOf('order-service').environment?.['FTGO_KAFKA_BROKERS'];
    expect(command?.at(-1)).toContain(`advertised.listeners=PLAINTEXT://${brokers},`);
  });

  test('fits into 4 GB, plus 256 MB for each app beyond the nine of the book', () => {
    const limits = longRunning(services).map((name) => Number(/^(\d+)m$/.exec(serviceOf(name).mem_limit)?.[1]));
    expect(limits.reduce((sum, limit) => sum + limit, 0)).toBeLessThanOrEqual(4_096 + 256 * Math.max(0, apps.length - 9));
  });

  test('mounts only existing files', () => {
    const files = Object.keys(services).flatMap((name) =>
      mountsOf(serviceOf(name)).flatMap(([source]) => (source.startsWith('./') ? [source] : [])),
    );
    expect(files.filter((file) => !existsSync(join(repository, file)))).toEqual([]);
  });
});
