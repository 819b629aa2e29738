// npm run postman: runs the collection against the running npm start or, with --environment, a system that runs elsewhere. Other
// arguments are newman's.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { explain } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';
import { fileTarget, runningTarget, type Target } from './target.js';

const args = process.argv.slice(2);
const { environment } = parseArgs({ args, strict: false, options: { environment: { type: 'string', short: 'e' } } }).values;

try {
  const target = typeof environment === 'string' ? fileTarget(environment) : await runningTarget();
  await target.probe();
  process.exitCode = await newman(target);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

async function newman({ urls, headers }: Target): Promise<number> {
  const program = join(repository, 'node_modules', 'newman', 'bin', 'newman.js');
  const collection = join(repository, 'postman', 'ftgo.postman_collection.json');
  const variables = Object.entries(urls).flatMap(([name, url]) => ['--env-var', `${name}=${url}`]);
  // In a file, since anyone on the machine can read the arguments of a process.
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-postman-'));
  const globals = join(folder, 'globals.json');
  const { authorization = '' } = await headers();
  writeFileSync(globals, JSON.stringify({ values: [{ key: 'authorization', value: authorization }] }), { mode: 0o600 });
  const own = ['run', collection, '--globals', globals, ...variables];
  // newman's dependencies use deprecated parts of Node.
  const child = spawn(process.execPath, ['--no-deprecation', program, ...own, ...args], { stdio: 'inherit' });
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  }).finally(() => rmSync(folder, { recursive: true }));
}
