import { nodePort } from '../../deployment/kubernetes-test/target.js';
import type { ChangeSet } from '../change-set.js';
import { addDocument, addToYaml, documentOf, type YamlPlace } from '../edit/yaml.js';
import type { ServiceNames } from '../names.js';
import { render } from '../templates.js';

type Service = ServiceNames & { readonly port: number };

/** Adds the service to the list that the gateway has of all services. */
const withServiceUrl = (text: string, { service, port }: Service): string =>
  text.replace(/(FTGO_SERVICE_URLS[^"]*"[^"]*)/, `$1,${service}=http://${service}:${port}`);

const is = (wanted: string) => (key: string) => key === wanted;

/** The image, and the service in docker-compose.yml and for Prometheus. */
export function addContainers(changes: ChangeSet, service: Service): void {
  const part = (name: string) => render(`deployment/${name}.ejs`, service);
  const { short } = service;
  changes.edit('Dockerfile', (text) => text + part('Dockerfile'));
  changes.edit('docker-compose.yml', (text) => {
    const secret = `${short}-secrets:/secrets/${service.service}`;
    const migrated = `${short}-migration: { condition: service_completed_successfully }`;
    const isSecretOfRelay = (key: string) => key.startsWith('relay-secrets');
    const edits: ReadonlyArray<readonly [ReadonlyArray<string>, string, YamlPlace]> = [
      [['services', 'secrets', 'volumes'], secret, { before: isSecretOfRelay }],
      [['services', 'outbox-relay', 'depends_on'], migrated, { before: is('kafka') }],
      [['services'], part('compose-service.yaml'), { before: is('outbox-relay') }],
      [['volumes'], `${short}-secrets:`, { before: isSecretOfRelay }],
    ];
    return edits.reduce((edited, edit) => addToYaml(edited, ...edit), withServiceUrl(text, service));
  });
  changes.edit('observability/prometheus/prometheus.yml', (text) => {
    const job = `job_name: ${service.service}\nstatic_configs: [{ targets: ["${service.service}:${service.port}"] }]`;
    return addToYaml(text, ['scrape_configs'], job, { before: is('outbox-relay') });
  });
}

/** The service on Kubernetes, in addition to its own manifest: images, scaling, network policies, its Secret and its topic. */
export function addToCluster(changes: ChangeSet, service: Service, version: string): void {
  const { service: name, contract } = service;
  const after = (added: string) => (key: string) => key > added;
  const file = `${name}.yaml`;
  changes.edit('k8s/base/api-gateway.yaml', (text) => withServiceUrl(text, service));
  changes.edit('k8s/base/kustomization.yaml', (text) => addToYaml(text, ['resources'], file, { before: after(file) }));
  for (const [overlay, tag] of [
    ['local', 'local'],
    ['production', version],
  ])
    changes.edit(`k8s/overlays/${overlay}/kustomization.yaml`, (text) =>
      addToYaml(text, ['images'], `{ name: ftgo/${name}, newTag: ${tag} }`, { before: after(`ftgo/${name}`) }),
    );
  const reachable = render('deployment/reachable.yaml.ejs', { ...service, nodePort: nodePort.http(service.port) });
  changes.edit('k8s/overlays/local/reachable/kustomization.yaml', (text) => addToYaml(text, ['patches'], reachable));
  changes.edit('k8s/components/autoscaling/autoscalers.yaml', (text) =>
    addDocument(text, render('deployment/autoscaler.yaml.ejs', service)),
  );
  changes.edit('k8s/components/strimzi/topics.yaml', (text) => addDocument(text, render('deployment/topic.yaml.ejs', { contract })));
  changes.edit('k8s/components/network-policies/allowed.yaml', (text) => {
    const document = documentOf(text, 'NetworkPolicy', 'to-postgres-and-kafka');
    return addToYaml(text, ['spec', 'podSelector', 'matchExpressions', 0, 'values'], name, { before: is('outbox-relay'), document });
  });
  changes.edit('k8s/components/postgres/database-setup.yaml', (text) => {
    const document = documentOf(text, 'Role', 'database-setup');
    return addToYaml(text, ['rules', 1, 'resourceNames'], name, { before: after(name), document });
  });
}
