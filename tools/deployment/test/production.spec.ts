import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contracts } from '@ftgo/contracts';
import type { TopicSpec } from '@ftgo/messaging/broker';
import { parseConfig } from '@ftgo/platform';
import type { ConfigError } from '@ftgo/platform/config';
import { kafkaVersion } from '@ftgo/runner/kafka';
import { findApps, repository } from '@ftgo/runner/workspace';
import { noCertificates, TestAuthority } from '@ftgo/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demandEach } from '../declared.js';
import { dockerfileStages } from '../dockerfile.js';
import { folderOf, kustomizationOf, manifestsOf, objectsIn, one, partsOf, type StrimziTemplate, settingsOf } from '../manifests.js';
import { schemaOf } from './config-schema.js';

const overlay = 'overlays/production';
const apps = findApps(join(repository, 'apps'));
const services = apps.filter(({ grpc }) => grpc);
const stages = dockerfileStages();
const policies = ['network-policies', 'strimzi', 'observability'].flatMap((component) =>
  manifestsOf(`components/${component}`).filter(({ kind }) => kind === 'NetworkPolicy'),
);
const topics = Object.values(contracts).flatMap((of) =>
  Object.entries<unknown>(of).flatMap(([name, value]) => (name.endsWith('Topics') ? (value as TopicSpec[]) : [])),
);

/** The environment of an app's container: its image, the ConfigMap, and the Deployment with the patches of the overlay. */
function environmentOf(app: string): Record<string, string> {
  const patches = partsOf(overlay).flatMap((folder) =>
    (kustomizationOf(folder).patches ?? []).flatMap(({ path }) => (path ? objectsIn(join(folderOf(folder), path)) : [])),
  );
  const own = [...manifestsOf('base'), ...patches].filter(({ kind, metadata }) => kind === 'Deployment' && metadata.name === app);
  const variables = own.flatMap(({ spec }) => spec.template.spec.containers[0].env ?? []).map(({ name, value }) => [name, value]);
  return { ...stages[app]?.env, ...settingsOf(overlay), ...(Object.fromEntries(variables) as Record<string, string>) };
}

const why = noCertificates();
/** A folder with the files of all Secrets, in place of /run/secrets. */
let secrets: string;
beforeAll(() => {
  secrets = mkdtempSync(join(tmpdir(), 'ftgo-secrets-'));
  for (const folder of ['ftgo', 'kafka', 'oidc', 'tls']) mkdirSync(join(secrets, folder));
  const url = 'postgres://ftgo_order:secret@postgres/ftgo_order';
  for (const file of ['ftgo/database-url', 'ftgo/database-urls']) writeFileSync(join(secrets, file), url);
  for (const { name } of apps) writeFileSync(join(secrets, 'kafka', name), 'secret');
  writeFileSync(join(secrets, 'oidc', 'client-secret'), 'secret');
  if (why === undefined) writeCertificate(join(secrets, 'tls'));
});
afterAll(() => rmSync(secrets, { recursive: true }));

function writeCertificate(folder: string): void {
  const authority = new TestAuthority();
  const { certificate, privateKey } = authority.issue(['any']);
  const files = { 'tls.crt': certificate, 'tls.key': privateKey, 'ca.crt': authority.certificate };
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  authority.delete();
}

/** With the authorities that Node.js knows in place of Strimzi's. */
const here = (value: string) => value.replace('/run/secrets/kafka/ca.crt', 'system').replace('/run/secrets', secrets);

async function problemsOf(app: string, changes: Record<string, string>): Promise<readonly string[]> {
  const environment = Object.entries({ ...environmentOf(app), ...changes }).map(([name, value]) => [name, here(value)]);
  try {
    parseConfig(await schemaOf(app), Object.fromEntries(environment) as Record<string, string>);
    return [];
  } catch (error) {
    return (error as ConfigError).problems;
  }
}

describe.skipIf(why).each(apps)('$name in production', ({ name }) => {
  test('does not start until its issuer is set, and then has all that security needs', async () => {
    expect(await problemsOf(name, {})).toEqual([expect.stringMatching(/^FTGO_OIDC_ISSUER is missing; set it to/)]);
    expect(await problemsOf(name, { FTGO_OIDC_ISSUER: 'https://login.example' })).toEqual([]);
  });

  test('reaches Kafka over TLS, with a password', () => {
    expect(environmentOf(name)).toMatchObject({
      FTGO_ENV: 'production',
      FTGO_SECURITY: 'on',
      FTGO_KAFKA_BROKERS: 'ftgo-kafka-bootstrap:9093',
      FTGO_KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      FTGO_KAFKA_TLS_CA_FILE: '/run/secrets/kafka/ca.crt',
      FTGO_KAFKA_PASSWORD_FILE: expect.stringContaining('/run/secrets/kafka/') as string,
    });
  });
});

describe('Kafka in production', () => {
  const strimzi = manifestsOf('components/strimzi');
  const { kafka, entityOperator } = one(strimzi, 'Kafka', 'ftgo').spec;
  const { template } = one(strimzi, 'KafkaNodePool', 'node').spec as unknown as { readonly template: StrimziTemplate };

  test('has every topic with its partitions and retention', () => {
    const declared = strimzi.filter(({ kind }) => kind === 'KafkaTopic');
    const found = declared.map(({ metadata, spec }) => ({
      topic: metadata.name,
      partitions: spec.partitions,
      retentionMs: spec.config['retention.ms'],
    }));
    expect(found.toSorted(byTopic)).toEqual(topics.toSorted(byTopic));
    expect(settingsOf(overlay)['FTGO_KAFKA_TOPICS']).toBe('declared');
  });

  test('is the version of npm start, with its brokers on different nodes and in different zones', () => {
    expect(kafka).toMatchObject({
      version: kafkaVersion,
      metadataVersion: expect.stringMatching(new RegExp(`^${kafkaVersion.replace(/\.\d+$/, '')}-`)) as string,
      rack: { topologyKey: 'topology.kubernetes.io/zone' },
    });
    expect(template.pod).toMatchObject({
      affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }] } },
      topologySpreadConstraints: [{ topologyKey: 'topology.kubernetes.io/zone' }],
    });
  });

  test('runs without privileges, as the namespace requires', () => {
    const { pod: ofOperator, ...operators } = entityOperator.template;
    const { pod, ...brokers } = template;
    for (const each of [pod, ofOperator])
      expect(each?.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(Object.keys({ ...brokers, ...operators })).toEqual([
      'kafkaContainer',
      'initContainer',
      'topicOperatorContainer',
      'userOperatorContainer',
    ]);
    for (const { securityContext } of Object.values({ ...brokers, ...operators }))
      expect(securityContext).toEqual({ allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });
  });

  test.each([
    ['npm start and containers', 'libs/runner/kafka/server.properties'],
    ['a local cluster', 'k8s/components/kafka/server.properties'],
  ])('keeps the offsets of a stopped service for ten years, as with %s', (_where, file) => {
    const minutes = /^offsets\.retention\.minutes=(\d+)$/m.exec(readFileSync(join(repository, file), 'utf8'))?.[1];
    expect([Number(minutes), kafka.config['offsets.retention.minutes']]).toEqual([5_256_000, 5_256_000]);
  });
});

describe('the network of the production overlay', () => {
  const name = 'app.kubernetes.io/name';
  const gateway = [{ podSelector: { matchLabels: { [name]: 'api-gateway' } } }];
  const tcp = (...ports: Array<number | undefined>) => ports.map((port) => ({ protocol: 'TCP', port }));
  const managementPort = Number(settingsOf(overlay)['FTGO_MANAGEMENT_PORT']);

  test('lets no pod of the namespace communicate without a policy', () => {
    expect(one(policies, 'NetworkPolicy', 'default-deny').spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    expect(kustomizationOf(overlay).components).toContain('../../components/network-policies');
  });

  test('has policies in both directions for what Prometheus reads, at the ports that pods state', () => {
    const { egress = [] } = one(policies, 'NetworkPolicy', 'prometheus').spec;
    const { ingress } = one(policies, 'NetworkPolicy', 'monitoring-of-apps').spec;
    expect(ingress).toEqual([{ from: [{ podSelector: { matchLabels: { [name]: 'prometheus' } } }], ports: egress[0]?.ports }]);
    expect(egress[0]?.ports).toEqual(tcp(managementPort, apps.find((app) => app.name === 'outbox-relay')?.http));
  });

  test('lets only the gateway call services, and services call no one', () => {
    const restricted = policies.filter(({ spec }) => spec.ingress).map(({ spec }) => spec.podSelector.matchLabels?.[name]);
    demandEach(
      'k8s/components/network-policies',
      restricted,
      services.map((app) => itself(app.name)),
    );
    for (const app of services) {
      const incoming = policies.filter(({ spec }) => spec.ingress && spec.podSelector.matchLabels?.[name] === app.name);
      expect(incoming.flatMap(({ spec }) => spec.ingress)).toEqual([{ from: gateway, ports: tcp(app.grpc) }]);
    }
    expect(one(policies, 'NetworkPolicy', 'operations-from-api-gateway').spec.ingress).toEqual([
      { from: gateway, ports: tcp(managementPort) },
    ]);
    expect(one(policies, 'NetworkPolicy', 'api-gateway-to-services').spec.egress).toEqual(
      services.map((app) => ({ to: [{ podSelector: { matchLabels: { [name]: app.name } } }], ports: tcp(app.grpc) })),
    );
  });

  test('lets apps reach their databases, Kafka, the issuer and management ports, and nothing else', () => {
    const called = manifestsOf('components/network-policies')
      .filter(({ metadata }) => metadata.name !== 'api-gateway-to-services')
      .flatMap(({ spec }) => spec.egress ?? [])
      .flatMap(({ ports }) => ports.map(({ port }) => port));
    expect(new Set(called)).toEqual(new Set([53, 443, 5432, 9092, managementPort]));
  });

  test('admits clients only over TLS, and only to the port of the gateway that is for them', () => {
    const { tls, rules } = one(manifestsOf(overlay), 'Ingress', 'api-gateway').spec as unknown as Ingress;
    expect(tls.flatMap(({ hosts }) => hosts)).toEqual(rules.map(({ host }) => host));
    const backends = rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.service));
    expect(backends).toEqual([{ name: 'api-gateway', port: { name: 'http' } }]);
  });
});

test('the autoscalers start at most as many consumers as there are partitions', () => {
  const most = Math.min(...topics.map(({ partitions }) => partitions));
  const scaled = manifestsOf('components/autoscaling');
  for (const { metadata, spec } of scaled.filter(({ metadata: { name } }) => name !== 'api-gateway'))
    expect([metadata.name, spec.maxReplicas]).toEqual([metadata.name, most]);
  const expected = apps.filter(({ name }) => name !== 'outbox-relay').map(({ name }) => name);
  const targets = scaled.map(({ spec }) => spec.scaleTargetRef.name);
  demandEach('k8s/components/autoscaling', targets, expected.map(itself));
  expect(targets.toSorted()).toEqual(expected.toSorted());
});

interface Ingress {
  readonly tls: ReadonlyArray<{ readonly hosts: readonly string[] }>;
  readonly rules: ReadonlyArray<{
    readonly host: string;
    readonly http: { readonly paths: ReadonlyArray<{ readonly backend: { readonly service: unknown } }> };
  }>;
}

const itself = (app: string) => [app, app] as const;
const byTopic = (a: { topic: string }, b: { topic: string }): number => a.topic.localeCompare(b.topic);
