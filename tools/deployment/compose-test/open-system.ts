// docker-compose.yml: the end-to-end tests, and the death of every container.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeDemoOrder } from '@ftgo/runner/demo';
import { UserError } from '@ftgo/runner/errors';
import { findApps, repository } from '@ftgo/runner/workspace';
import { execa, type Options } from 'execa';
import { composeServices, longRunning } from '../compose-file.js';
import { timed } from '../timed.js';
import { untilReady } from '../until-ready.js';
import type { Compose } from './engine.js';
import { memoryTable } from './figures.js';
import { describeTarget } from './target.js';
import type { TestedSystem } from './tested-system.js';

const specs = (...names: string[]) => names.map((name) => join('apps', 'e2e', 'test', `${name}.e2e-spec.ts`));
// The kills come last: a container that a test stops and starts resets its restart count.
const runs = [specs('order', 'changing-orders', 'original-clients', 'postman'), specs('every-process')];
const services = composeServices();
const processes = longRunning(services);

export const openSystem: TestedSystem = { files: [], services, test };

async function test(compose: Compose, stopping: AbortSignal): Promise<void> {
  const options = { cancelSignal: stopping };
  const began = performance.now();
  await timed('containers started', () => compose.run(['up', '--detach'], options));
  const endpoints = findApps().map(({ name, http }) => ({ name, http: `http://127.0.0.1:${http}`, grpc: undefined, address: undefined }));
  const urls = endpoints.map(({ http }) => http);
  await timed('all ready', () => untilReady(urls, stopping));
  const approvedAt = await placeDemoOrder(endpoints, console.log);
  console.log(`✔ from start to the first order APPROVED: ${(((approvedAt ?? Number.NaN) - began) / 1000).toFixed(1)} s`);
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-compose-'));
  try {
    const target = join(folder, 'target.json');
    writeFileSync(target, JSON.stringify(await describeTarget(compose)), { mode: 0o600 });
    for (const files of runs) await runSpecs(files, target, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  console.log(await memoryTable(compose, processes));
  await expectRestarts(compose);
}

async function runSpecs(files: readonly string[], target: string, options: Options): Promise<void> {
  const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
  const stdio: Options['stdio'] = ['ignore', 'inherit', 'inherit'];
  const env = { FTGO_E2E_TARGET: target };
  const { failed } = await execa(process.execPath, [vitest, 'run', ...files], { ...options, cwd: repository, env, stdio, reject: false });
  if (failed) throw new UserError('tests failed: see above');
}

/** Verifies that the engine restarted each container: the tests cannot distinguish that from a kill that failed. */
async function expectRestarts(compose: Compose): Promise<void> {
  for (const name of processes) {
    const count = await compose.inspect(name, '{{.RestartCount}}');
    if (Number(count) < 1) throw new UserError(`container ${name} was not restarted after it was killed`);
  }
  console.log(`✔ all ${processes.length} containers were killed and restarted`);
}
