// npm run test:compose: builds the images, starts the containers, runs the end-to-end tests against them, kills every
// container, and removes everything.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeDemoOrder } from '@ftgo/runner/demo';
import { explain, UserError } from '@ftgo/runner/errors';
import { isFree } from '@ftgo/runner/processes';
import { findApps, repository } from '@ftgo/runner/workspace';
import { execa, type Options } from 'execa';
import { composeServices, longRunning, publishedPorts } from '../compose-file.js';
import { timed } from '../timed.js';
import { untilReady } from '../until-ready.js';
import { Compose } from './engine.js';
import { imageTable, memoryTable } from './figures.js';
import { describeTarget } from './target.js';

const specs = (...names: string[]) => names.map((name) => join('apps', 'e2e', 'test', `${name}.e2e-spec.ts`));
// The kills come last: a container that a test stops and starts resets its restart count.
const runs = [specs('order', 'changing-orders', 'original-clients', 'postman'), specs('every-process')];
const services = composeServices();
const processes = longRunning(services);

const folder = mkdtempSync(join(tmpdir(), 'ftgo-compose-'));
const stopping = new AbortController();
// Ctrl-C arrives twice: from the terminal and from npm.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

try {
  const compose = await Compose.find('ftgo-test');
  console.log(compose.version);
  await checkPorts();
  try {
    await test(compose);
    console.log('\nall tests passed');
  } catch (error) {
    await keepLogs(compose);
    throw error;
  } finally {
    await timed('removed', () => compose.run(['down', '--volumes', '--remove-orphans']));
  }
} catch (error) {
  console.error(stopping.signal.aborted ? 'interrupted' : explain(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function test(compose: Compose): Promise<void> {
  const options = { cancelSignal: stopping.signal };
  await timed('images built', () => compose.run(['build'], options));
  console.log(await imageTable());
  const began = performance.now();
  await timed('containers started', () => compose.run(['up', '--detach'], options));
  await timed('all ready', () =>
    untilReady(
      endpoints().map(({ http }) => http),
      stopping.signal,
    ),
  );
  const approvedAt = await placeDemoOrder(endpoints(), console.log);
  console.log(`✔ from start to the first order APPROVED: ${(((approvedAt ?? Number.NaN) - began) / 1000).toFixed(1)} s`);
  const target = join(folder, 'target.json');
  writeFileSync(target, JSON.stringify(await describeTarget(compose)), { mode: 0o600 });
  const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { FTGO_E2E_TARGET: target };
  const stdio: Options['stdio'] = ['ignore', 'inherit', 'inherit'];
  for (const files of runs) {
    const { failed } = await execa(process.execPath, [vitest, 'run', ...files], { ...options, cwd: repository, env, stdio, reject: false });
    if (failed) throw new UserError('tests failed: see above');
  }
  console.log(await memoryTable(compose, processes));
  await expectRestarts(compose);
}

/** Verifies that the engine restarted each container: the tests cannot distinguish that from a kill that failed. */
async function expectRestarts(compose: Compose): Promise<void> {
  for (const name of processes) {
    const count = await compose.inspect(name, '{{.RestartCount}}');
    if (Number(count) < 1) throw new UserError(`container ${name} was not restarted after it was killed`);
  }
  console.log(`✔ all ${processes.length} containers were killed and restarted`);
}

async function checkPorts(): Promise<void> {
  for (const name of processes) {
    for (const { host } of publishedPorts(services[name] ?? { image: '', restart: '', mem_limit: '' })) {
      if (!(await isFree(host)))
        throw new UserError(`port ${host} (${name}) is in use: stop npm start, docker-compose or the program that uses it`);
    }
  }
}

async function keepLogs(compose: Compose): Promise<void> {
  const file = join(tmpdir(), 'ftgo-compose-test.log');
  await compose.run(['logs', '--no-color', '--timestamps'], { stdout: { file }, buffer: false }).catch(() => {});
  console.error(`container logs: ${file}`);
}

function endpoints() {
  return findApps().map(({ name, http }) => ({ name, http: `http://127.0.0.1:${http}`, grpc: undefined, address: undefined }));
}
