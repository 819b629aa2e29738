import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { beforeAll, describe, expect, test } from 'vitest';
import { builtFrom, type DeclaredCertificate, type Manifest } from '../manifests.js';

/** The properties of pods that only these tests use. */
interface Built {
  readonly initContainers?: readonly Named[];
  readonly containers: readonly [Named, ...Named[]];
  readonly volumes?: readonly Volume[];
}
interface Named {
  readonly ports?: ReadonlyArray<{ readonly name: string; readonly containerPort: number }>;
  readonly envFrom?: ReadonlyArray<{ readonly configMapRef: { readonly name: string } }>;
  readonly startupProbe?: { readonly httpGet?: { readonly port: string } };
  readonly readinessProbe?: { readonly httpGet?: { readonly port: string } };
}
interface Source {
  readonly secret?: { readonly name?: string; readonly secretName?: string };
  readonly configMap?: { readonly name: string };
}
type Volume = Source & { readonly projected?: { readonly sources: readonly Source[] } };

/** By overlay: building one takes a second. */
const built = new Map<string, Manifest[]>();
function buildOnce(overlay: string): Manifest[] {
  const objects = built.get(overlay) ?? builtFrom(overlay);
  built.set(overlay, objects);
  return objects;
}

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
const podOf = ({ spec }: Manifest) => spec.template.spec as unknown as Built;
const sourcesOf = ({ volumes = [] }: Built): Source[] => volumes.flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]);
const readme = readFileSync(join(repository, 'k8s', 'README.md'), 'utf8');

describe.runIf(hasKubectl).each(['overlays/local', 'overlays/production'])('%s as kustomize builds it', (overlay) => {
  let objects: Manifest[];
  let workloads: Manifest[];
  beforeAll(() => {
    objects = buildOnce(overlay);
    workloads = objects.filter(({ kind }) => ['Deployment', 'StatefulSet', 'Job'].includes(kind));
  });
  const namesOf = (...kinds: readonly string[]) => objects.filter(({ kind }) => kinds.includes(kind)).map(({ metadata }) => metadata.name);

  test('contains every ConfigMap that its pods use', () => {
    const pods = workloads.map(podOf);
    const used = pods.flatMap((pod) => [
      ...sourcesOf(pod).flatMap(({ configMap }) => configMap?.name ?? []),
      ...pod.containers.flatMap(({ envFrom = [] }) => envFrom.map(({ configMapRef }) => configMapRef.name)),
    ]);
    expect(namesOf('ConfigMap')).toEqual(expect.arrayContaining(used));
  });

  test('creates no Secret, and uses only those that its README explains', () => {
    const used = workloads.map(podOf).flatMap((pod) => sourcesOf(pod).flatMap(({ secret }) => secret?.secretName ?? secret?.name ?? []));
    const ofUsers = namesOf('KafkaUser').map((user) => `kafka-${user}`);
    const explained = [...readme.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name);
    const ofServices = namesOf('ServiceAccount').filter((name) => name.endsWith('-service'));
    const issued = objects
      .filter(({ kind }) => kind === 'Certificate')
      .map(({ spec }) => (spec as unknown as DeclaredCertificate).secretName);
    const known = [...ofUsers, ...ofServices, ...issued, ...explained, 'ftgo-cluster-ca-cert', 'postgres'];
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
    expect(namesOf('Secret')).toEqual([]);
  });

  test('probes and scrapes ports that the pods have', () => {
    for (const workload of workloads) {
      const { containers } = podOf(workload);
      const ports = containers.flatMap((container) => container.ports ?? []);
      const probed = containers.flatMap(({ startupProbe, readinessProbe }) => [startupProbe?.httpGet?.port, readinessProbe?.httpGet?.port]);
      const { annotations = {} } = workload.spec.template.metadata as { annotations?: Record<string, string> };
      const scraped = annotations['prometheus.io/port'];
      const name = workload.metadata.name;
      for (const port of probed.filter((each) => each !== undefined))
        expect([name, ports.map((each) => each.name)]).toEqual([name, expect.arrayContaining([port])]);
      if (scraped) expect([name, ports.map((each) => String(each.containerPort))]).toEqual([name, expect.arrayContaining([scraped])]);
    }
  });

  test('has Services whose ports are open in their pods', () => {
    for (const { kind, metadata, spec } of objects.filter((each) => each.kind === 'Service')) {
      const selector = spec.selector as unknown as Record<string, string>;
      const workload = workloads.find((each) => each.metadata.name === selector['app.kubernetes.io/name']) as Manifest;
      const open = podOf(workload).containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));
      const targets = (spec.ports as ReadonlyArray<{ targetPort: string }>).map(({ targetPort }) => targetPort);
      expect([kind, metadata.name, open]).toEqual([kind, metadata.name, expect.arrayContaining(targets)]);
    }
  });
});

describe.runIf(hasKubectl)('overlays/production as kustomize builds it', () => {
  test('probes and scrapes every app at its management port', () => {
    const apps = buildOnce('overlays/production').filter(
      ({ kind, metadata }) => kind === 'Deployment' && /^(api-gateway|.*-service)$/.test(metadata.name),
    );
    for (const app of apps) {
      const [container] = podOf(app).containers;
      expect([app.metadata.name, container.startupProbe?.httpGet, container.readinessProbe?.httpGet]).toMatchObject([
        app.metadata.name,
        { port: 'management' },
        { port: 'management' },
      ]);
      expect(app.spec.template.metadata.annotations).toEqual({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9000' });
    }
    expect(apps.length).toBeGreaterThan(0);
  });

  test('has one way to Kafka, over TLS, for users with a password', () => {
    const kafka = buildOnce('overlays/production').find(({ kind }) => kind === 'Kafka') as Manifest;
    expect(kafka.spec.kafka.listeners).toMatchObject([{ port: 9093, tls: true, authentication: { type: 'scram-sha-512' } }]);
    expect(kafka.spec.kafka).toMatchObject({ authorization: { type: 'simple' } });
  });
});
