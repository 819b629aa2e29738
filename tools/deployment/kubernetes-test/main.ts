// npm run test:kubernetes: deploys the local overlay to the cluster of the current kubectl context, runs the end-to-end tests
// against it, kills every pod, replaces every app under load, and removes everything. Then the same cluster validates the production
// overlay, and runs its pods. With `-- local` or `-- production`, only one of them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { placeDemoOrder } from '@ftgo/runner/demo';
import { explain, UserError } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';
import { execa } from 'execa';
import { timed } from '../timed.js';
import { untilReady } from '../until-ready.js';
import { Cluster, namespace } from './cluster.js';
import { testProduction } from './production/test-production.js';
import { validateProduction } from './production/validate.js';
import { describeTarget, endpoints } from './target.js';

const specs = ['order', 'changing-orders', 'original-clients', 'postman', 'kafka-outage', 'every-process', 'rolling-restart'].map((name) =>
  join('apps', 'e2e', 'test', `${name}.e2e-spec.ts`),
);
const overlay = join('k8s', 'overlays', 'local');
const parts = {
  local: testLocal,
  production: async (cluster: Cluster) => {
    await validateProduction(cluster, folder);
    await testProduction(cluster, folder, stopping.signal);
  },
};
const folder = mkdtempSync(join(tmpdir(), 'ftgo-kubernetes-'));
const stopping = new AbortController();
// Ctrl-C arrives twice: from the terminal and from npm.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

try {
  const cluster = await Cluster.find();
  console.log(`${cluster.version}, node ${cluster.nodeAddress}`);
  for (const part of partsFrom(process.argv.slice(2))) {
    console.log(`\n${part}`);
    await inNamespace(cluster, parts[part]);
  }
  console.log('\nall tests passed');
} catch (error) {
  console.error(stopping.signal.aborted ? 'interrupted' : explain(error));
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function partsFrom(given: readonly string[]): Array<keyof typeof parts> {
  const known = Object.keys(parts) as Array<keyof typeof parts>;
  if (given.length === 0) return known;
  const wanted = known.filter((part) => given.includes(part));
  if (given.length !== 1 || wanted.length !== 1) throw new UserError(`unknown argument '${given.join(' ')}'; usage: ${known.join(' | ')}`);
  return wanted;
}

/** Runs a test in the namespace, and removes it; the logs of its pods are kept if it fails. */
async function inNamespace(cluster: Cluster, test: (cluster: Cluster) => Promise<void>): Promise<void> {
  if (await cluster.has('namespace', namespace))
    throw new UserError(`namespace ${namespace} already exists; run kubectl delete namespace ${namespace}`);
  try {
    await test(cluster);
  } catch (error) {
    await keepLogs(cluster);
    throw error;
  } finally {
    await timed('removed', () => cluster.run(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=180s']));
  }
}

async function testLocal(cluster: Cluster): Promise<void> {
  const options = { cancelSignal: stopping.signal };
  const began = performance.now();
  await timed('applied', () => cluster.run(['apply', '--kustomize', overlay], options));
  const available = ['wait', '--namespace', namespace, '--for=condition=Available', 'deployment', '--all', '--timeout=600s'];
  await timed('all available', () => cluster.run(available, options));
  await timed('all reachable', () => untilReady(Object.values(endpoints(cluster)), stopping.signal));
  const apps = Object.entries(endpoints(cluster)).map(([name, http]) => ({ name, http, grpc: undefined, address: undefined }));
  const approvedAt = await placeDemoOrder(apps, console.log);
  console.log(`✔ from apply to the first order APPROVED: ${(((approvedAt ?? Number.NaN) - began) / 1000).toFixed(1)} s`);
  const target = join(folder, 'target.json');
  writeFileSync(target, JSON.stringify(await describeTarget(cluster)), { mode: 0o600 });
  const vitest = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
  const env = { FTGO_E2E_TARGET: target };
  await execa(process.execPath, [vitest, 'run', ...specs], { ...options, cwd: repository, env, stdio: ['ignore', 'inherit', 'inherit'] });
}

async function keepLogs(cluster: Cluster): Promise<void> {
  const file = join(tmpdir(), 'ftgo-kubernetes-test.log');
  const pods = await cluster.read('get', 'pods,jobs,events', '--output=wide').catch((error: unknown) => String(error));
  const logs = [
    'logs',
    '--selector=app.kubernetes.io/part-of=ftgo',
    '--all-containers',
    '--prefix',
    '--tail=2000',
    '--max-log-requests=60',
  ];
  const lines = await cluster.read(...logs).catch((error: unknown) => String(error));
  writeFileSync(file, `${pods}\n${lines}`);
  console.error(`pod logs: ${file}`);
}
