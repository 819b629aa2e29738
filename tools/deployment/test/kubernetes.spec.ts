import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseConfig, variableOf } from '@ftgo/platform';
import { findApps, repository } from '@ftgo/runner/workspace';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { composeServices } from '../compose-file.js';
import { Secrets } from '../database-setup/secrets.js';
import { demandEach } from '../declared.js';
import { dockerfileStages } from '../dockerfile.js';
import { nodePort } from '../kubernetes-test/target.js';
import { type Container, folderOf, kustomizationOf, kustomizedFolders, type Manifest, manifestsOf, one, settingsOf } from '../manifests.js';
import { schemaOf } from './config-schema.js';

const apps = findApps(join(repository, 'apps'));
const stages = dockerfileStages();
const base = manifestsOf('base');
const overlays = ['overlays/local', 'overlays/production'];
const podOf = (name: string) => one(base, 'Deployment', name).spec.template.spec;
const patchOf = (file: string) => parse(readFileSync(join(folderOf('base'), 'common', file), 'utf8')) as Manifest;

let secrets: string;
beforeAll(() => {
  secrets = mkdtempSync(join(tmpdir(), 'ftgo-secrets-'));
  const databases = new Map(apps.flatMap(({ name, database }) => (database ? [[name, database] as const] : [])));
  for (const owner of ['postgres', ...databases.keys(), 'outbox-relay']) mkdirSync(join(secrets, owner));
  new Secrets(secrets).make('postgres:5432', databases);
});
afterAll(() => rmSync(secrets, { recursive: true }));

describe.each(apps)('$name on Kubernetes', ({ name, http, grpc }) => {
  let container: Container;
  beforeAll(() => {
    [container] = podOf(name).containers;
  });

  test('has the ports of the contract, and a headless Service for gRPC', () => {
    const ports = [{ name: 'http', containerPort: http }, ...(grpc ? [{ name: 'grpc', containerPort: grpc }] : [])];
    expect(container.ports).toEqual(ports);
    expect(one(base, 'Service', name).spec.ports).toEqual([{ name: 'http', port: http, targetPort: 'http' }]);
    const { annotations } = one(base, 'Deployment', name).spec.template.metadata;
    expect(annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(http) });
    if (grpc)
      expect(one(base, 'Service', `${name}-grpc`).spec).toMatchObject({
        clusterIP: 'None',
        ports: [{ name: 'grpc', port: grpc, targetPort: 'grpc' }],
      });
  });

  test('gets every variable that it needs on a local cluster, and no unknown one', async () => {
    const schema = await schemaOf(name);
    const own = Object.fromEntries((container.env ?? []).map((variable) => [variable.name, variable.value]));
    const mounted = container.volumeMounts?.find((mount) => mount.name === 'secrets')?.mountPath;
    const here = (value: string) => (mounted ? value.replace(`${mounted}/`, `${join(secrets, name)}/`) : value);
    const environment = Object.fromEntries(
      Object.entries({ ...stages[name]?.env, ...settingsOf('overlays/local'), ...own }).map(([variable, value]) => [variable, here(value)]),
    );
    expect(() => parseConfig(schema, environment)).not.toThrow();
    const known = Object.keys(schema.shape).map(variableOf);
    // All apps share the ConfigMap, so an app ignores settings for topics or traces that it does not use.
    const unknown = Object.keys(own).filter((variable) => variable.startsWith('FTGO_') && !known.includes(variable.replace(/_FILE$/, '')));
    expect(unknown).toEqual([]);
  });

  test('can be evicted one at a time, or while it is not ready, and has its own service account', () => {
    expect(one(base, 'PodDisruptionBudget', name).spec).toEqual({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
      selector: { matchLabels: { 'app.kubernetes.io/name': name } },
    });
    expect(podOf(name).serviceAccountName).toBe(one(base, 'ServiceAccount', name).metadata.name);
  });

  test.each(overlays)('has an image in %s', (overlay) => {
    const images = kustomizationOf(overlay).images?.map((image) => image.name) ?? [];
    demandEach(`k8s/${overlay}/kustomization.yaml`, images, [[name, container.image]]);
  });
});

describe('the manifests', () => {
  test('probe health at the routes of the apps', () => {
    const [{ startupProbe, livenessProbe, readinessProbe }] = patchOf('app.yaml').spec.template.spec.containers;
    expect([startupProbe, livenessProbe, readinessProbe].map(({ httpGet }) => httpGet)).toEqual([
      { path: '/health/live', port: 'http' },
      { path: '/health/live', port: 'http' },
      { path: '/health/ready', port: 'http' },
    ]);
    const source = readFileSync(join(repository, 'libs/platform/src/health/health.controller.ts'), 'utf8');
    for (const route of ["'health'", "'live'", "'ready'"]) expect(source).toContain(route);
  });

  test.each(apps.filter(({ migrate }) => migrate))('migrate the database of $name before its pods start', ({ name }) => {
    const { containers, initContainers, volumes } = podOf(name);
    expect(initContainers).toMatchObject([{ image: containers[0].image, args: ['dist/migrate.js'], env: containers[0].env }]);
    expect(volumes).toEqual([{ name: 'secrets', secret: { secretName: name } }]);
  });

  test('have no Job, which could not be applied again with the images of the next version', () => {
    expect(base.filter(({ kind }) => kind === 'Job')).toEqual([]);
  });

  test('allow a stopping pod more time than its pause and its shutdown take', () => {
    const { terminationGracePeriodSeconds, containers } = patchOf('app.yaml').spec.template.spec;
    const stopSeconds = 5;
    expect(terminationGracePeriodSeconds).toBeGreaterThan(containers[0].lifecycle.preStop.sleep.seconds + stopSeconds);
  });

  test('list exactly the existing files', () => {
    for (const folder of kustomizedFolders().filter((name) => name !== 'base')) {
      const { resources = [], configMapGenerator = [], patches = [] } = kustomizationOf(folder);
      const named = [...resources, ...configMapGenerator.flatMap(({ files = [] }) => files), ...patches.flatMap(({ path }) => path ?? [])];
      const missing = named.filter((name) => !existsSync(join(folderOf(folder), name)));
      const listed = new Set([...named, 'kustomization.yaml']);
      const left = readdirSync(folderOf(folder)).filter((name) => /\.ya?ml$/.test(name) && !listed.has(name));
      expect({ folder, missing, left }).toEqual({ folder, missing: [], left: [] });
    }
  });

  test('set the URLs of each service for the gateway', () => {
    const environment = (podOf('api-gateway').containers[0].env ?? []).map(({ name, value }) => [name, value] as const);
    const given = environment.filter(([name]) => name.endsWith('_GRPC_URL'));
    const expected = apps.flatMap(({ name, grpc }) =>
      grpc
        ? [
            [
              `FTGO_${name
                .replace(/-service$/, '')
                .replaceAll('-', '_')
                .toUpperCase()}_GRPC_URL`,
              `${name}-grpc:${grpc}`,
            ],
          ]
        : [],
    );
    demandEach(
      'Deployment api-gateway of k8s/base',
      given.map(([, url]) => url),
      apps.flatMap(({ name, grpc }) => (grpc ? [[name, `${name}-grpc:${grpc}`] as const] : [])),
    );
    expect(sorted(given)).toEqual(sorted(expected));
    const urls = new Map(environment).get('FTGO_SERVICE_URLS')?.split(',') ?? [];
    const owners = apps.flatMap(({ name, http, database }) => (database ? [[name, `${name}=http://${name}:${http}`] as const] : []));
    demandEach('FTGO_SERVICE_URLS of Deployment api-gateway of k8s/base', urls, owners);
    expect(urls).toHaveLength(owners.length);
  });

  test('open the ports that the end-to-end tests use on a local cluster', () => {
    const text = readFileSync(join(folderOf('overlays/local/reachable'), 'kustomization.yaml'), 'utf8');
    const opened = [...text.matchAll(/nodePort[:,]? (?:value: )?(\d+)|nodePort, value: (\d+)/g)].map(([, a, b]) => Number(a ?? b));
    const expected = apps.flatMap(({ name, http, grpc }) => [
      ...(http ? [[name, nodePort.http(http)] as const] : []),
      ...(grpc ? [[name, nodePort.grpc(grpc)] as const] : []),
    ]);
    demandEach('k8s/overlays/local/reachable/kustomization.yaml', opened, expected);
    expect(sorted(opened)).toEqual(sorted([...expected.map(([, port]) => port), nodePort.postgres, nodePort.kafka]));
    const { command } = one(manifestsOf('components/kafka'), 'StatefulSet', 'kafka').spec.template.spec.containers[0];
    expect(command?.join('\n')).toContain(`HOST://$NODE_IP:${nodePort.kafka}`);
  });

  test('use the same ports as the Postman environment for a cluster', () => {
    const file = readdirSync(join(repository, 'postman')).find((name) => /cluster/.test(name)) as string;
    const { values } = JSON.parse(readFileSync(join(repository, 'postman', file), 'utf8')) as { values: Array<{ value: string }> };
    const ports = values.flatMap(({ value }) => [...value.matchAll(/:(\d{5})\b/g)].map(([, port]) => Number(port)));
    const expected = apps.flatMap(({ name, http }) => (http ? [[name, nodePort.http(http)] as const] : []));
    demandEach(`postman/${file}`, ports, expected);
    expect(sorted(ports)).toEqual(sorted(expected.map(([, port]) => port)));
  });

  test('use the Postgres, Kafka and observability images of docker-compose.yml', () => {
    const folders = ['postgres', 'kafka', 'observability'].map((name) => `components/${name}`);
    const used = folders
      .flatMap(manifestsOf)
      .flatMap(({ kind, spec }) => (/Deployment|StatefulSet/.test(kind) ? spec.template.spec.containers : []));
    const images = Object.values(composeServices()).map(({ image }) => image);
    for (const { image } of used) expect(images).toContain(image);
  });

  test('let the database setup read only the Secrets that it creates', () => {
    const [, read] = one(manifestsOf('components/postgres'), 'Role', 'database-setup').rules;
    const owners = apps.filter(({ database }) => database).map(({ name }) => name);
    demandEach('Role database-setup of k8s/components/postgres', read?.resourceNames ?? [], owners.map(itself));
    expect(read?.resourceNames).toEqual(sorted([...owners, 'outbox-relay', 'postgres']));
  });
});

const itself = (app: string) => [app, app] as const;
const sorted = <T>(list: readonly T[]): T[] => list.toSorted((a, b) => String(a).localeCompare(String(b)));
