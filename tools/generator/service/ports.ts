import { join } from 'node:path';
import { findApps, repository } from '@ftgo/runner/workspace';
import { composeServices, publishedPorts } from '../../deployment/compose-file.js';
import { nodePort } from '../../deployment/kubernetes-test/target.js';

const first = 8_091;

/** The first HTTP port that no app or container uses, and whose node port on a local cluster is free too. */
export function freePort(): number {
  const published = Object.values(composeServices()).flatMap((service) => publishedPorts(service).map(({ host }) => host));
  const ofApps = findApps(join(repository, 'apps'), { isSecure: true }).flatMap(({ http, grpc }) => [http, grpc]);
  const taken = new Set([...published, ...ofApps]);
  const takenOnNodes = new Set([nodePort.kafka, nodePort.postgres]);
  for (let port = first; ; port++) if (!taken.has(port) && !takenOnNodes.has(nodePort.http(port))) return port;
}
