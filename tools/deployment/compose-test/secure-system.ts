// docker-compose.secure.yml on top: the demo order with tokens, and what is closed to others.
import { join } from 'node:path';
import { placeDemoOrder } from '@ftgo/runner/demo';
import { UserError } from '@ftgo/runner/errors';
import { answersMetadata } from '@ftgo/runner/kafka';
import { waitUntil } from '@ftgo/runner/processes';
import { signIn } from '@ftgo/runner/sign-in';
import { findApps, fromSource, managementPortOf, repository } from '@ftgo/runner/workspace';
import { execa } from 'execa';
import { readScrapedJobs } from '../../observability/files.js';
import { longRunning, secureComposeServices } from '../compose-file.js';
import { timed } from '../timed.js';
import { untilReady } from '../until-ready.js';
import { expectIdentified } from './certificates.js';
import type { Compose } from './engine.js';
import { memoryTable } from './figures.js';
import type { TestedSystem } from './tested-system.js';

const services = secureComposeServices();
const issuer = 'http://127.0.0.1:8100';
const issuerApp = 'identity-service';
const kafkaPort = 19_092;

export const secureSystem: TestedSystem = { files: ['docker-compose.yml', 'docker-compose.secure.yml'], services, test };

const apps = findApps(undefined, { isSecure: true }).map(({ name, http = 0 }) => ({
  name,
  http: `http://127.0.0.1:${http}`,
  management: `http://127.0.0.1:${managementPortOf(http)}`,
  grpc: undefined,
  address: undefined,
}));

async function test(compose: Compose, stopping: AbortSignal): Promise<void> {
  await timed('containers started', () => compose.run(['up', '--detach'], { cancelSignal: stopping }));
  const urls = apps.map(({ management }) => management);
  await timed('all ready', () => untilReady(urls, stopping));
  const password = await compose.read(issuerApp, '/run/ftgo/password');
  const approvedAt = await placeDemoOrder(apps, console.log, { issuer, own: { password } });
  if (approvedAt === undefined) throw new UserError('the demo order was not placed');
  await expectClosed();
  await expectIdentified(compose);
  await expectScraped(compose);
  await expectOperated(await signIn(issuer, { name: 'olga', password }));
  await expectToolsOfKafka(compose);
  console.log(await memoryTable(compose, longRunning(services)));
}

/** The response to a request without a token; 0 if no one listens. */
const statusOf = (url: string): Promise<number> =>
  fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
    ({ status }) => status,
    () => 0,
  );

async function expectClosed(): Promise<void> {
  for (const { name, http, management } of apps) {
    const paths = name === issuerApp ? ['/health/live'] : ['/health/live', '/metrics', '/operations/relay', '/openapi.json'];
    for (const path of paths) {
      const seen = await statusOf(`${http}${path}`);
      if (![0, 404].includes(seen)) throw new UserError(`${name} returns ${seen} for ${path} on the port for clients; expected 404`);
    }
    const rejected = await statusOf(`${management}/operations/${name === 'outbox-relay' ? 'relay' : 'outbox'}`);
    if (name !== issuerApp && rejected !== 401)
      throw new UserError(`${name} returns ${rejected} to an operator without a token; expected 401`);
  }
  if (await answersMetadata('127.0.0.1', kafkaPort)) throw new UserError('Kafka responds to a client without credentials');
  console.log('✔ closed to clients without a token, and to clients without credentials for Kafka');
}

/** From a container, as Prometheus would read them. */
async function expectScraped(compose: Compose): Promise<void> {
  const targets = Object.values(readScrapedJobs('prometheus.secure.yml')).flat();
  const script = `Promise.all(${JSON.stringify(targets)}.map((target) => fetch('http://' + target + '/metrics').then(({ status }) => status)))
    .then((all) => console.log(JSON.stringify(all)))`;
  const statuses = JSON.parse(await compose.execute('api-gateway', 'node', '-e', script)) as number[];
  if (statuses.some((status) => status !== 200))
    throw new UserError(`Prometheus would get ${statuses.join(', ')} from ${targets.join(', ')}`);
  console.log(`✔ metrics at all ${targets.length} targets of Prometheus`);
}

/** By the CLI, which must find every app. On a busy machine, a service may take longer than the gateway waits for it. */
async function expectOperated(token: string): Promise<void> {
  for (const command of [['relay', 'status'], ['order', 'show', '1'], ['invariants']]) {
    let output: string | undefined;
    const isComplete = async () => (output = await problemOf(command, token)) === undefined;
    if (!(await waitUntil(isComplete, { withinMs: 60_000, everyMs: 1_000 })))
      throw new UserError(`npm run ftgo -- ${command.join(' ')} failed:\n${output}`);
  }
  console.log('✔ the CLI finds every service');
}

/** The output of a command that failed or did not find every app; undefined if it did. */
async function problemOf(command: readonly string[], token: string): Promise<string | undefined> {
  const env = { FTGO_SECURITY: 'on', FTGO_ACCESS_TOKEN: token };
  const args = [...fromSource, join('apps', 'cli', 'src', 'main.ts'), ...command];
  const { failed, all } = await execa(process.execPath, args, { cwd: repository, env, reject: false, all: true });
  return failed || /does not respond|HTTP 4/.test(all) ? all : undefined;
}

/** With the administrator's settings, as in the runbooks. */
async function expectToolsOfKafka(compose: Compose): Promise<void> {
  const at = ['--bootstrap-server', 'kafka:9092', '--command-config', '/run/ftgo/admin.properties'];
  const groups = await compose.execute('kafka', '/opt/kafka/bin/kafka-consumer-groups.sh', ...at, '--list');
  if (!groups.includes('order-history-service')) throw new UserError(`Kafka's tools do not list the groups of services:\n${groups}`);
  console.log('✔ Kafka’s own tools work as the administrator');
}
