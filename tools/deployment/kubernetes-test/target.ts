import { findApps } from '@ftgo/runner/workspace';
import { type Cluster, namespace } from './cluster.js';

/** Node ports, as in k8s/overlays/local/reachable. */
export const nodePort = { http: (port: number) => port + 22_000, grpc: (port: number) => port - 19_000, postgres: 30_432, kafka: 30_092 };

/** Describes the running system in the cluster to the end-to-end tests, as the content of the file in FTGO_E2E_TARGET. */
export async function describeTarget(cluster: Cluster) {
  const at = (port: number) => `${cluster.nodeAddress}:${port}`;
  const fromHere = (urls: string) => urls.replaceAll('@postgres:5432/', `@${at(nodePort.postgres)}/`);
  const apps = findApps();
  const password = await cluster.secret('postgres', 'password');
  const urls = await Promise.all(
    apps.filter(({ database }) => database).map(async ({ name }) => [name, fromHere(await cluster.secret(name, 'database-url'))] as const),
  );
  const databases = apps.flatMap(({ database }) => database ?? []);
  return {
    processes: [...apps.map(({ name }) => name), 'postgres', 'kafka'],
    urls: endpoints(cluster),
    grpc: Object.fromEntries(apps.flatMap(({ name, grpc }) => (grpc ? [[name, at(nodePort.grpc(grpc))]] : []))),
    broker: { kind: 'kafka', brokers: at(nodePort.kafka) },
    databases: Object.fromEntries(
      databases.map((database) => [database, `postgres://postgres:${password}@${at(nodePort.postgres)}/${database}`]),
    ),
    environments: {
      ...Object.fromEntries(urls.map(([name, url]) => [name, { FTGO_DATABASE_URL: url }])),
      'outbox-relay': { FTGO_RELAY_DATABASE_URLS: fromHere(await cluster.secret('outbox-relay', 'database-urls')) },
    },
    commands: {
      kill: shell(killOne),
      stop: shell(`kubectl scale $kind {name} --replicas=0; ${untilGone('$pod')}`),
      start: shell('kubectl scale $kind {name} --replicas=1; kubectl rollout status $kind/{name} --timeout=180s'),
      replace: shell(
        `old=$(${newestHash}); kubectl rollout restart $kind {name}; kubectl rollout status $kind/{name} --timeout=300s; ` +
          untilGone('$pod,pod-template-hash=$old'),
      ),
    },
  };
}

export const endpoints = (cluster: Cluster): Record<string, string> =>
  Object.fromEntries(
    findApps().flatMap(({ name, http }) => (http ? [[name, `http://${cluster.nodeAddress}:${nodePort.http(http)}`]] : [])),
  );

/**
 * Kills without a grace period. A pod with a volume gets one second, because a forced deletion would let its successor
 * start while it is still running. Of two relays, one is killed.
 */
const killOne =
  'one=$(kubectl get pod --selector=$pod --output=name | head -1); ' +
  'case $kind in statefulset) kubectl delete $one --grace-period=1;; *) kubectl delete $one --grace-period=0 --force;; esac';

/** The hash of the pods that currently serve an app. */
const newestHash =
  'kubectl get replicaset --selector=$pod --sort-by=.metadata.creationTimestamp --output=jsonpath="{.items[-1].metadata.labels.pod-template-hash}"';

/** Terminating pods serve for a while longer, and count until they are gone. */
const untilGone = (selector: string) => `while [ -n "$(kubectl get pod --selector=${selector} --output=name)" ]; do sleep 1; done`;

/** A script for one process, with its kind and its pods' label, in the namespace. */
function shell(script: string): string[] {
  const inNamespace = script.replaceAll('kubectl ', `kubectl --namespace ${namespace} `);
  const kind = 'case {name} in postgres|kafka) kind=statefulset;; *) kind=deployment;; esac';
  return ['sh', '-c', `set -e; pod=app.kubernetes.io/name={name}; ${kind}; ${inNamespace}`];
}
