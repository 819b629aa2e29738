import { spawn } from 'node:child_process';
import { config } from '../config.js';
import { UserError } from '../user-error.js';

/** Runs a program that installs something. Fails with the end of its output. */
export function run(command: string, args: readonly string[], { cwd, failure, env }: RunOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...config.inherited, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const endWithUs = () => child.kill();
    process.once('exit', endWithUs);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output = (output + String(chunk)).slice(-2_000)));
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('exit', endWithUs);
      if (code === 0) resolve();
      else reject(new UserError(`${failure}:\n${output.trim()}`));
    });
  });
}

interface RunOptions {
  readonly cwd: string;
  /** What to report if the program fails. */
  readonly failure: string;
  readonly env?: NodeJS.ProcessEnv;
}
