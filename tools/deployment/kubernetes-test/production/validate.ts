import { join } from 'node:path';
import { builtFrom, type Manifest, one, type StrimziTemplate } from '../../manifests.js';
import { type Cluster, namespace } from '../cluster.js';
import { writeObjects } from './secrets.js';

/** The operators, with the group of their resources, and one of the schemas that they install. */
const operators = [
  { name: 'Strimzi', group: 'kafka.strimzi.io', schema: 'kafkas.kafka.strimzi.io' },
  { name: 'cert-manager', group: 'cert-manager.io', schema: 'certificates.cert-manager.io' },
] as const;

/**
 * Lets the API server validate every object of the production overlay, and admit pods with the privileges that Strimzi's would have.
 * Resources of an operator are included if the cluster has their schemas.
 */
export async function validateProduction(cluster: Cluster, folder: string): Promise<void> {
  const built = builtFrom('overlays/production');
  const found = await Promise.all(operators.map(({ schema }) => cluster.has('crd', schema)));
  const unknown = operators.filter((_, index) => !found[index]);
  const known = built.filter(({ apiVersion }) => !unknown.some(({ group }) => apiVersion.startsWith(`${group}/`)));
  const file = join(folder, 'production.yaml');
  writeObjects(
    file,
    known.filter(({ kind }) => kind === 'Namespace'),
  );
  await cluster.run(['apply', '--filename', file]);
  // Pods are admitted only once it exists.
  await cluster.run(['wait', '--namespace', namespace, '--for=create', 'serviceaccount/default', '--timeout=60s']);
  writeObjects(file, [...known, ...podsOfStrimzi(built)]);
  await cluster.run(['apply', '--filename', file, '--dry-run=server']);
  const excluded = unknown.length > 0 ? `, excluding those of ${unknown.map(({ name }) => name).join(' and ')}` : '';
  console.log(`✔ the API server accepts all ${known.length} objects${excluded}`);
}

/** A broker and the entity operator, as far as Pod Security is concerned. */
function podsOfStrimzi(built: readonly Manifest[]): object[] {
  const { entityOperator } = one(built, 'Kafka', 'ftgo').spec;
  const { template } = one(built, 'KafkaNodePool', 'node').spec as unknown as { readonly template: StrimziTemplate };
  const container = (of: StrimziTemplate, name: string) => ({
    name: name.toLowerCase(),
    image: 'quay.io/strimzi/kafka:1.2.0-kafka-4.3.1',
    securityContext: of[name]?.securityContext,
  });
  const pod = (of: StrimziTemplate, name: string, containers: readonly string[], initContainers: readonly string[] = []) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      securityContext: of['pod']?.securityContext,
      containers: containers.map((each) => container(of, each)),
      initContainers: initContainers.map((each) => container(of, each)),
    },
  });
  return [
    pod(template, 'strimzi-broker', ['kafkaContainer'], ['initContainer']),
    pod(entityOperator.template, 'strimzi-entity-operator', ['topicOperatorContainer', 'userOperatorContainer']),
  ];
}
