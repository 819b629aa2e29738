import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { placeDemoOrder } from '@ftgo/runner/demo';
import { UserError } from '@ftgo/runner/errors';
import { applyAccess } from '@ftgo/runner/kafka-access';
import { waitUntil } from '@ftgo/runner/processes';
import { findApps } from '@ftgo/runner/workspace';
import { timed } from '../../timed.js';
import { untilReady } from '../../until-ready.js';
import { type Cluster, namespace } from '../cluster.js';
import { endpoints } from '../target.js';
import { managementPort, objectsToApply } from './objects.js';
import { makeSecrets, type ProductionSecrets, writeObjects } from './secrets.js';

/** The node port at which stand-ins.yaml publishes Kafka. */
const kafkaPort = 30_093;

/**
 * Runs the pods of the production overlay, with security on: on stand-ins for what the platform and operators provide, one pod of each
 * app, and an order placed by people who sign in.
 */
export async function testProduction(cluster: Cluster, folder: string, stopping: AbortSignal): Promise<void> {
  const secrets = await makeSecrets(folder, cluster.nodeAddress);
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(secrets.caFile, 'utf8')]);
  const file = join(folder, 'production.yaml');
  writeObjects(file, objectsToApply(secrets));
  const options = { cancelSignal: stopping };
  await timed('applied', () => cluster.run(['apply', '--filename', file], options));
  await timed('Kafka secured', () => untilSecured(cluster, secrets, stopping));
  const available = ['wait', '--namespace', namespace, '--for=condition=Available', 'deployment', '--all', '--timeout=600s'];
  await timed('all available', () => cluster.run(available, options));
  await timed('all ready', () => untilReady(managementUrls(cluster), stopping));
  await demandTokens(cluster);
  const apps = Object.entries(endpoints(cluster)).map(([name, http]) => ({ name, http, grpc: undefined, address: undefined }));
  const own = { password: secrets.people, gatewaySecret: '', accountsFile: '' };
  const security = { issuer: secrets.issuer, audience: 'ftgo', own };
  await placeDemoOrder(apps, console.log, security);
}

const managementUrls = ({ nodeAddress }: Cluster): string[] =>
  findApps().flatMap(({ name, http }) => (http && name !== 'outbox-relay' ? [`http://${nodeAddress}:${managementPort(http)}`] : []));

/** As Strimzi's user operator does. */
async function untilSecured(
  { nodeAddress: host }: Cluster,
  { caFile, passwordOf }: ProductionSecrets,
  stopping: AbortSignal,
): Promise<void> {
  let last: unknown;
  const isSecured = async () => {
    if (stopping.aborted) return true;
    try {
      await applyAccess({ host, port: kafkaPort, caFile, passwordOf });
      return true;
    } catch (error) {
      last = error;
      return false;
    }
  };
  if (!(await waitUntil(isSecured, { withinMs: 300_000, everyMs: 1_000 })))
    throw new UserError('Kafka did not start in time', { cause: last });
}

/** Clients without a token, and operators' routes at the port of clients. */
async function demandTokens(cluster: Cluster): Promise<void> {
  const gateway = findApps().find(({ name }) => name === 'api-gateway')?.http ?? 0;
  const clients = endpoints(cluster)['api-gateway'] ?? '';
  const management = `http://${cluster.nodeAddress}:${managementPort(gateway)}`;
  const expected = [
    [`${clients}/restaurants`, 401],
    [`${clients}/operations/sagas`, 404],
    [`${clients}/metrics`, 404],
    [`${management}/operations/sagas`, 401],
    [`${management}/restaurants`, 404],
  ] as const;
  for (const [url, status] of expected) {
    const found = (await fetch(url)).status;
    if (found !== status) throw new UserError(`GET ${url} returned ${found} instead of ${status}`);
  }
  console.log('✔ without a token, clients and operators are rejected');
}
