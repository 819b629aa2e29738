import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { UserError } from '../infrastructure/user-error.js';
import { fromSource } from '../system/app-program.js';
import type { ControlClient } from '../system/control-client.js';
import { repository } from '../system/home.js';

const owner = 'order-history-service';

/** Makes the order history anew beside the one that is served, and puts it in its place; the program shows its progress. */
export async function rebuildView(control: ControlClient): Promise<void> {
  const { environments } = await control.describe();
  const env = environments[owner];
  if (!env) throw new UserError(`${owner} is not among the running processes: its environment is not known`);
  const script = join(repository, 'apps', owner, 'src', 'rebuild.ts');
  const child = spawn(process.execPath, [...fromSource, script], { cwd: repository, env, stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
