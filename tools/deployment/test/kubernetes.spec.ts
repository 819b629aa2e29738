import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contracts } from '@ftgo/contracts';
import type { TopicSpec } from '@ftgo/messaging/broker';
import { parseConfig, variableOf } from '@ftgo/platform';
import { findApps, repository } from '@ftgo/runner/workspace';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { composeServices } from '../compose-file.js';
import { Secrets } from '../database-setup/secrets.js';
import { declared, demandEach } from '../declared.js';
import { dockerfileStages } from '../dockerfile.js';
import { nodePort } from '../kubernetes-test/target.js';
import { type Container, folderOf, kustomizationOf, kustomizedFolders, type Manifest, manifestsOf } from '../manifests.js';
import { schemaOf } from './config-schema.js';

const apps = findApps(join(repository, 'apps'));
const stages = dockerfileStages();
const base = manifestsOf('base');
const overlays = ['overlays/local', 'overlays/production'];
const topics = Object.values(contracts).flatMap((of) =>
  Object.entries<unknown>(of).flatMap(([name, value]) => (name.endsWith('Topics') ? (value as TopicSpec[]) : [])),
);

const one = (manifests: readonly Manifest[], kind: string, name: string): Manifest =>
  declared(
    manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name),
    `k8s/ has no ${kind} ${name}`,
  );
const podOf = (name: string) => one(base, 'Deployment', name).spec.template.spec;
const patchOf = (file: string) => parse(readFileSync(join(folderOf('base'), 'common', file), 'utf8')) as Manifest;

/** The ConfigMap of an overlay after all merges. */
function settingsOf(overlay: string): Record<string, string> {
  const folders = ['base', ...(kustomizationOf(overlay).components ?? []).map((component) => join(overlay, component))];
  const literals = folders.flatMap((folder) =>
    (kustomizationOf(folder).configMapGenerator ?? []).filter(({ name }) => name === 'ftgo').flatMap((map) => map.literals ?? []),
  );
  return Object.fromEntries(literals.map((literal) => literal.split(/=(.*)/s, 2) as [string, string]));
}

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
    if (grpc)
      expect(one(base, 'Service', `${name}-grpc`).spec).toMatchObject({
        clusterIP: 'None',
        ports: [{ name: 'grpc', port: grpc, targetPort: 'grpc' }],
      });
  });

  test.each(overlays)('gets every variable that it needs from %s, and no unknown one', async (overlay) => {
    const schema = await schemaOf(name);
    const own = Object.fromEntries((container.env ?? []).map((variable) => [variable.name, variable.value]));
    const mounted = container.volumeMounts?.find((mount) => mount.name === 'secrets')?.mountPath;
    const here = (value: string) => (mounted ? value.replace(`${mounted}/`, `${join(secrets, name)}/`) : value);
    const environment = Object.fromEntries(
      Object.entries({ ...stages[name]?.env, ...settingsOf(overlay), ...own }).map(([variable, value]) => [variable, here(value)]),
    );
    expect(() => parseConfig(schema, environment)).not.toThrow();
    const known = Object.keys(schema.shape).map(variableOf);
    // All apps share the ConfigMap, so an app ignores settings for topics or traces that it does not use.
    const unknown = Object.keys(own).filter((variable) => variable.startsWith('FTGO_') && !known.includes(variable.replace(/_FILE$/, '')));
    expect(unknown).toEqual([]);
  });

  test('can be evicted one at a time, and has its own service account', () => {
    expect(one(base, 'PodDisruptionBudget', name).spec.selector.matchLabels).toEqual({ 'app.kubernetes.io/name': name });
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

  test.each(apps.filter(({ migrate }) => migrate))('start $name after its migration Job is done', ({ name }) => {
    const [container] = podOf(name).containers;
    const job = one(base, 'Job', `${name}-migrate`).spec.template.spec.containers[0];
    const waiting = podOf(name).initContainers[0];
    expect([job.image, job.args, job.env]).toEqual([container.image, ['dist/migrate.js'], waiting.env]);
    expect([waiting.image, waiting.args]).toEqual([container.image, ['dist/migrate.js', '--wait']]);
    expect(podOf(name).volumes).toEqual([{ name: 'secrets', secret: { secretName: name } }]);
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

describe('the components for production', () => {
  test('declare every topic with its partitions and retention', () => {
    const declared = manifestsOf('components/strimzi').filter(({ kind }) => kind === 'KafkaTopic');
    const found = declared.map(({ metadata, spec }) => ({
      topic: metadata.name,
      partitions: spec.partitions,
      retentionMs: spec.config['retention.ms'],
    }));
    expect(found.toSorted(byTopic)).toEqual(topics.toSorted(byTopic));
    expect(settingsOf('overlays/production')['FTGO_KAFKA_TOPICS']).toBe('declared');
  });

  test('retain the offsets of a stopped service for as long as npm start does', () => {
    const settings = readFileSync(join(repository, 'libs', 'runner', 'kafka', 'server.properties'), 'utf8');
    const minutes = /^offsets\.retention\.minutes=(\d+)$/m.exec(settings)?.[1];
    const { kafka } = one(manifestsOf('components/strimzi'), 'Kafka', 'ftgo').spec;
    expect(kafka.config['offsets.retention.minutes']).toBe(Number(minutes));
  });

  test('scale a consumer up to the number of its partitions', () => {
    const most = Math.min(...topics.map(({ partitions }) => partitions));
    const scaled = manifestsOf('components/autoscaling');
    for (const { metadata, spec } of scaled.filter(({ metadata: { name } }) => name !== 'api-gateway'))
      expect([metadata.name, spec.maxReplicas]).toEqual([metadata.name, most]);
    const expected = apps.filter(({ name }) => name !== 'outbox-relay').map(({ name }) => name);
    const targets = scaled.map(({ spec }) => spec.scaleTargetRef.name);
    demandEach('k8s/components/autoscaling', targets, expected.map(itself));
    expect(sorted(targets)).toEqual(sorted(expected));
  });

  test('let only the gateway call services, and services call no one', () => {
    const policies = manifestsOf('components/network-policies');
    const name = 'app.kubernetes.io/name';
    const gateway = [{ podSelector: { matchLabels: { [name]: 'api-gateway' } } }];
    const services = apps.filter(({ grpc }) => grpc);
    const restricted = policies.filter(({ spec }) => spec.ingress).map(({ spec }) => spec.podSelector.matchLabels?.[name]);
    demandEach(
      'k8s/components/network-policies',
      restricted,
      services.map((app) => itself(app.name)),
    );
    // HTTP only for /operations.
    const portsOf = ({ grpc, http }: (typeof services)[number]) => [grpc, http].map((port) => ({ protocol: 'TCP', port }));
    const calls = services.map((app) => ({ from: gateway, ports: portsOf(app) }));
    for (const [i, app] of services.entries()) {
      const incoming = policies.filter(({ spec }) => spec.ingress && spec.podSelector.matchLabels?.[name] === app.name);
      expect(incoming.flatMap(({ spec }) => spec.ingress)).toEqual([calls[i]]);
    }
    const outgoing = one(policies, 'NetworkPolicy', 'api-gateway-to-services').spec.egress;
    expect(outgoing).toEqual(
      services.map((app) => ({
        to: [{ podSelector: { matchLabels: { [name]: app.name } } }],
        ports: portsOf(app),
      })),
    );
    const called = policies
      .filter(({ metadata }) => metadata.name !== 'api-gateway-to-services')
      .flatMap(({ spec }) => spec.egress ?? [])
      .flatMap(({ ports }) => ports.map(({ port }) => port));
    expect(new Set(called)).toEqual(new Set([53, 5432, 9092]));
    expect(one(policies, 'NetworkPolicy', 'default-deny').spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
  });
});

const itself = (app: string) => [app, app] as const;
const sorted = <T>(list: readonly T[]): T[] => list.toSorted((a, b) => String(a).localeCompare(String(b)));
const byTopic = (a: { topic: string }, b: { topic: string }): number => a.topic.localeCompare(b.topic);
