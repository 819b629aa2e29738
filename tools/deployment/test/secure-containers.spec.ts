import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { identifiedApps } from '@ftgo/contracts/callers';
import { parseConfig, variableOf } from '@ftgo/platform';
import { appUsers } from '@ftgo/runner/kafka-access';
import { findApps, managementPortOf, repository } from '@ftgo/runner/workspace';
import { noCertificates } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readScrapedJobs } from '../../observability/files.js';
import { longRunning, publishedPorts, secureComposeServices } from '../compose-file.js';
import { makeSecureSecrets } from '../database-setup/secure-secrets.js';
import { dockerfileStages } from '../dockerfile.js';
import { schemaOf } from './config-schema.js';
import { MountedSecrets, mountsOf } from './mounted-secrets.js';

const apps = findApps(join(repository, 'apps'), { isSecure: true });
const services = secureComposeServices();
const mounted = new MountedSecrets(services, 'docker-compose.secure.yml');
const containers = [...apps.map(({ name }) => [name, name]), ['outbox-relay-standby', 'outbox-relay']] as Array<[string, string]>;

/** Where the settings of an app look for its certificate, in the folder of all volumes. */
function tlsOf(app: string) {
  const file = (setting: string) => environmentOf(app, app)[setting] ?? '';
  return { certFile: file('FTGO_TLS_CERT_FILE'), keyFile: file('FTGO_TLS_KEY_FILE'), caFile: file('FTGO_TLS_CA_FILE') };
}

/** The certificate is created by Kafka's container. */
const environmentOf = (service: string, app: string) => {
  const environment = mounted.environmentOf(service, dockerfileStages()[app]?.env ?? {});
  return 'FTGO_KAFKA_TLS_CA_FILE' in environment ? { ...environment, FTGO_KAFKA_TLS_CA_FILE: 'system' } : environment;
};

const why = noCertificates();
afterAll(() => rmSync(mounted.folder, { recursive: true }));

describe.skipIf(why)(`docker-compose.secure.yml${why ? ` (${why})` : ''}`, () => {
  beforeAll(() => {
    mounted.secrets.make('postgres:5432', new Map(apps.flatMap(({ name, database }) => (database ? [[name, database] as const] : []))));
    makeSecureSecrets(mounted.secrets);
  });

  test.each(containers)('sets every variable that %s needs for security, and no unknown one', async (service, app) => {
    const schema = await schemaOf(app);
    const environment = environmentOf(service, app);
    const config = parseConfig(schema, environment) as Record<string, unknown>;
    expect(config['oidcIssuer']).toBe('http://127.0.0.1:8100');
    if (app !== 'identity-service') expect(config['security']).toBe('on');
    const known = Object.keys(schema.shape).map(variableOf);
    const isKnown = (name: string) => known.includes(name) || known.includes(name.replace(/_FILE$/, ''));
    expect(Object.keys(environment).filter((name) => name.startsWith('FTGO_') && !isKnown(name))).toEqual([]);
  });

  test.each(apps)('serves the operators of $name at a port of their own, published on loopback only', ({ name, http = 0 }) => {
    const management = managementPortOf(http);
    expect(mounted.service(name).environment?.['FTGO_MANAGEMENT_PORT']).toBe(String(management));
    const published = publishedPorts(mounted.service(name));
    expect(published).toContainEqual({ address: '127.0.0.1', host: management, container: management });
    expect(new Set(published.map(({ address }) => address))).toEqual(new Set(['127.0.0.1']));
  });

  test('gives each user of Kafka a password, readable only by its container and the jobs', () => {
    for (const { name: user } of appUsers()) {
      const app = user.endsWith('-relay') ? 'outbox-relay' : user;
      const [volume, place] = mountsOf(mounted.service('secrets')).find(([, folder]) => basename(folder) === app) ?? [];
      expect([user, existsSync(join(mounted.folder, app, `kafka-${user}`))]).toEqual([user, true]);
      expect(mountsOf(mounted.service('kafka-users'))).toContainEqual([volume, place, 'ro']);
      const readers = Object.keys(services).filter((service) => mountsOf(mounted.service(service)).some(([each]) => each === volume));
      const own = [app, `${app}-standby`, app.replace(/-service$/, '-migration'), 'secrets', 'database-setup', 'kafka-users'];
      expect(readers.filter((reader) => !own.includes(reader))).toEqual([]);
    }
  });

  test.each(identifiedApps)('gives %s a certificate for its name, and its key to no other app', (app) => {
    const { certFile, keyFile, caFile } = tlsOf(app);
    const certificate = new X509Certificate(readFileSync(certFile));
    expect(certificate.subjectAltName).toBe(`DNS:${app}`);
    expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(keyFile)))).toBe(true);
    expect(certificate.verify(new X509Certificate(readFileSync(caFile)).publicKey)).toBe(true);
    expect([keyFile, certFile].map((file) => dirname(file))).toEqual([join(mounted.folder, app), join(mounted.folder, app)]);
  });

  test('gives the key of the authority to the container that generates the secrets, and to no other', () => {
    const [volume] = mountsOf(mounted.service('secrets')).find(([, place]) => place === '/secrets/authority') ?? [];
    expect(existsSync(join(mounted.folder, 'authority', 'ca.key'))).toBe(true);
    expect(Object.keys(services).filter((service) => mountsOf(mounted.service(service)).some(([each]) => each === volume))).toEqual([
      'secrets',
    ]);
  });

  test('lets Prometheus read the metrics of each app, which has them on another port', () => {
    const withMetrics = apps.filter(({ name }) => name !== 'identity-service');
    const targets = Object.values(readScrapedJobs('prometheus.secure.yml')).flat();
    expect(targets.toSorted()).toEqual(
      containers
        .flatMap(([container, app]) =>
          withMetrics.filter(({ name }) => name === app).map(({ http = 0 }) => `${container}:${managementPortOf(http)}`),
        )
        .toSorted(),
    );
  });

  test('needs no more memory than one app more', () => {
    const limits = longRunning(services).map((name) => Number(/^(\d+)m$/.exec(mounted.service(name).mem_limit)?.[1]));
    expect(limits.reduce((sum, limit) => sum + limit, 0)).toBeLessThanOrEqual(4_096 + 256 * Math.max(0, apps.length - 9));
  });

  test('has the administrator’s settings in Kafka’s container, where the runbooks expect them', () => {
    const file = '/run/ftgo/admin.properties';
    for (const name of ['consumer-lag', 'messages-missed'])
      expect(readFileSync(join(repository, `docs/runbooks/${name}.md`), 'utf8')).toContain(`--command-config ${file}`);
    const [volume] = mountsOf(mounted.service('kafka')).find(([, place]) => place === dirname(file)) ?? [];
    const [, owner = ''] = mountsOf(mounted.service('secrets')).find(([each]) => each === volume) ?? [];
    expect(readFileSync(join(mounted.folder, basename(owner), basename(file)), 'utf8')).toContain('security.protocol=SASL_SSL\n');
  });

  test('keeps the secrets that exist', () => {
    expect(makeSecureSecrets(mounted.secrets)).toEqual([]);
  });
});
