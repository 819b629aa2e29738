// npm run test:compose: builds the images, and tests a system of each kind in containers, which are removed afterwards.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explain, UserError } from '@ftgo/runner/errors';
import { isFree } from '@ftgo/runner/processes';
import { endWithUsage, parseArguments } from '@ftgo/runner/usage';
import { longRunning, publishedPorts } from '../compose-file.js';
import { timed } from '../timed.js';
import { Compose } from './engine.js';
import { imageTable } from './figures.js';
import { openSystem } from './open-system.js';
import { secureSystem } from './secure-system.js';
import type { TestedSystem } from './tested-system.js';

const systems: Readonly<Record<string, TestedSystem>> = { open: openSystem, secure: secureSystem };
const usage = `npm run test:compose -- [${Object.keys(systems).join('|')}]`;
const { positionals } = parseArguments(usage, { allowPositionals: true });
const unknown = positionals.find((kind) => !(kind in systems));
if (unknown !== undefined) endWithUsage(`unknown system '${unknown}'`, `usage: ${usage}`);

const stopping = new AbortController();
// Ctrl-C arrives twice: from the terminal and from npm.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stopping.abort());

try {
  for (const [kind, system] of Object.entries(systems)) if (positionals.length === 0 || positionals.includes(kind)) await run(kind, system);
  console.log('\nall tests passed');
} catch (error) {
  console.error(stopping.signal.aborted ? 'interrupted' : explain(error));
  process.exitCode = 1;
}

async function run(kind: string, system: TestedSystem): Promise<void> {
  const compose = await Compose.find('ftgo-test', system.files);
  console.log(`\n${kind} system, by ${compose.version}`);
  await checkPorts(system);
  try {
    await timed('images built', () => compose.run(['build'], { cancelSignal: stopping.signal }));
    console.log(await imageTable(system.services));
    await system.test(compose, stopping.signal);
  } catch (error) {
    await keepLogs(compose);
    throw error;
  } finally {
    await timed('removed', () => compose.run(['down', '--volumes', '--remove-orphans']));
  }
}

async function checkPorts({ services }: TestedSystem): Promise<void> {
  for (const name of longRunning(services)) {
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
