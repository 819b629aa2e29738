import { findApps } from '@ftgo/runner/workspace';
import { composeServices, longRunning } from '../compose-file.js';
import type { Compose } from './engine.js';

/** The published addresses of Postgres and Kafka. */
const [postgres, brokers] = ['127.0.0.1:54329', '127.0.0.1:19092'];

/** Describes the running containers to the end-to-end tests, as the content of the file in FTGO_E2E_TARGET. */
export async function describeTarget(compose: Compose) {
  const apps = findApps();
  const databases = apps.flatMap(({ database }) => database ?? []);
  const password = await compose.read('postgres', '/run/ftgo/password');
  const owners = apps.filter(({ database }) => database);
  const urls = await Promise.all(
    owners.map(async ({ name }) => [name, fromHere(await compose.read(name, '/run/ftgo/database-url'))] as const),
  );
  const relayUrls = fromHere(await compose.read('outbox-relay', '/run/ftgo/database-urls'));
  return {
    processes: longRunning(composeServices()),
    urls: Object.fromEntries(apps.map(({ name, http }) => [name, `http://127.0.0.1:${http}`])),
    grpc: Object.fromEntries(apps.flatMap(({ name, grpc }) => (grpc ? [[name, `127.0.0.1:${grpc}`]] : []))),
    broker: { kind: 'kafka', brokers },
    databases: Object.fromEntries(databases.map((database) => [database, `postgres://postgres:${password}@${postgres}/${database}`])),
    environments: {
      ...Object.fromEntries(urls.map(([name, url]) => [name, { FTGO_DATABASE_URL: url }])),
      'outbox-relay': { FTGO_RELAY_DATABASE_URLS: relayUrls },
    },
    commands: {
      // Not `docker kill`: the engine would treat that as an intended stop and not restart the container.
      kill: ['sh', '-c', `docker exec ${compose.containerOf('{name}')} sh -c 'kill -s KILL -- -1' || true`],
      stop: compose.commandLine('stop', '{name}'),
      start: compose.commandLine('start', '{name}'),
    },
  };
}

const fromHere = (urls: string): string => urls.replaceAll('@postgres:5432/', `@${postgres}/`);
