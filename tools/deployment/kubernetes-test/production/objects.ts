import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findApps, repository } from '@ftgo/runner/workspace';
import { builtFrom, type Manifest, objectsIn } from '../../manifests.js';
import { namespace } from '../cluster.js';
import { nodePort } from '../target.js';
import type { ProductionSecrets } from './secrets.js';

/** Only operators act on these, or nothing on a bare cluster. */
const ofPlatform = ['Kafka', 'KafkaNodePool', 'KafkaTopic', 'KafkaUser', 'Certificate', 'Issuer', 'HorizontalPodAutoscaler', 'Ingress'];
const isMonitoring = ({ kind, metadata }: Manifest) =>
  kind === 'Deployment' && /^(alertmanager|grafana|jaeger|otel-collector|postgres-exporter|prometheus)$/.test(metadata.name);

/** Without what needs the platform: the pods of the apps, one of each, and everything around them. */
const appsOfProduction = (): Manifest[] =>
  builtFrom('overlays/production').filter((object) => !ofPlatform.includes(object.kind) && !isMonitoring(object));

/** PostgreSQL, its databases, and their Secrets, as on a local cluster. */
const postgres = (): Manifest[] => builtFrom('overlays/local').filter(({ metadata }) => /^(postgres|database-setup)$/.test(metadata.name));

const standIns = (): Manifest[] => objectsIn(join(import.meta.dirname, 'stand-ins.yaml'));

/** The ports of the apps for clients, reachable from this machine, as on a local cluster. */
const reachable = () =>
  findApps()
    .filter(({ http, name }) => http && name !== 'outbox-relay')
    .map(({ name, http = 0 }) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `${name}-clients` },
      spec: {
        type: 'NodePort',
        selector: { 'app.kubernetes.io/name': name },
        ports: [
          { name: 'http', port: http, targetPort: 'http', nodePort: nodePort.http(http) },
          { name: 'management', port: 9000, targetPort: 'management', nodePort: managementPort(http) },
        ],
      },
    }));

/** The node port of an app's management port, by its HTTP port. */
export const managementPort = (http: number): number => nodePort.http(http) + 100;

const environmentHere = [{ name: 'NODE_EXTRA_CA_CERTS', value: '/run/secrets/kafka/ca.crt' }];

/** Sets what an installation has to set: the issuer, and images; and trusts its authority. */
function installed(object: Manifest, { issuer }: ProductionSecrets): object {
  const { kind, metadata } = object;
  if (kind === 'ConfigMap' && metadata.name.startsWith('ftgo-')) {
    const { data } = object as unknown as { data: Record<string, string> };
    return { ...object, data: { ...data, FTGO_OIDC_ISSUER: issuer, FTGO_KAFKA_TOPICS: 'create', OTEL_EXPORTER_OTLP_ENDPOINT: '' } };
  }
  if (kind !== 'Deployment') return object;
  const [app] = object.spec.template.spec.containers;
  const pod = { ...object.spec.template.spec, containers: [{ ...app, env: [...(app.env ?? []), ...environmentHere] }] };
  return { ...object, spec: { ...object.spec, template: { ...object.spec.template, spec: pod } } };
}

const withLocalImages = (object: object): object =>
  JSON.parse(JSON.stringify(object).replaceAll(/"image":"(ftgo\/[\w-]+):[^"]*"/g, '"image":"$1:local"')) as object;

const here = (object: object): object => {
  const { metadata } = object as Manifest;
  return { ...object, metadata: { ...metadata, ...((object as Manifest).kind === 'Namespace' ? {} : { namespace }) } };
};

/** Everything to apply for the test, beginning with the namespace. */
export function objectsToApply(secrets: ProductionSecrets): object[] {
  const ofSecrets = Object.entries(secrets.content).map(([name, stringData]) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name },
    stringData,
  }));
  const settings = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'stand-in-kafka' },
    data: { 'server.properties': readFileSync(join(repository, 'k8s/components/kafka/server.properties'), 'utf8') },
  };
  const apps = appsOfProduction().map((object) => withLocalImages(installed(object, secrets)));
  return [...apps, ...ofSecrets, settings, ...postgres(), ...standIns(), ...reachable()].map(here);
}
