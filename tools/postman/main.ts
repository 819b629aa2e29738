// npm run postman: runs the collection against the running npm start or, with --environment, a system that runs elsewhere. Other
// arguments are newman's.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { explain } from '@ftgo/runner/errors';
import { ControlClient, Home } from '@ftgo/runner/system';
import { repository } from '@ftgo/runner/workspace';
import { fileTarget, runningTarget, type Target } from './target.js';

const args = process.argv.slice(2);
const { environment } = parseArgs({ args, strict: false, options: { environment: { type: 'string', short: 'e' } } }).values;

try {
  const target = typeof environment === 'string' ? fileTarget(environment) : await runningTarget(new ControlClient(new Home()));
  await target.probe();
  process.exitCode = await newman(target);
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

function newman({ urls }: Target): Promise<number> {
  const program = join(repository, 'node_modules', 'newman', 'bin', 'newman.js');
  const collection = join(repository, 'postman', 'ftgo.postman_collection.json');
  const variables = Object.entries(urls).flatMap(([name, url]) => ['--env-var', `${name}=${url}`]);
  // newman's dependencies use deprecated parts of Node.
  const child = spawn(process.execPath, ['--no-deprecation', program, 'run', collection, ...variables, ...args], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
