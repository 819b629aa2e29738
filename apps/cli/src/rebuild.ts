import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import type { ControlClient } from '@ftgo/runner/system';
import { fromSource, repository } from '@ftgo/runner/workspace';

const prefix = 'rebuild-';

/** Makes the order history anew beside the one that is served, and puts it in its place; the program shows its progress. */
export const rebuildView = (control: ControlClient): Promise<void> => runBeside(control, 'order-history-service', 'rebuild.ts');

/** Makes a replica anew from the start of its topic, while its service runs. */
export async function rebuildReplica(control: ControlClient, service: string, replica: string): Promise<void> {
  const known = replicas();
  if (!known.includes(`${service} ${replica}`)) {
    throw new UserError(`there is no replica ${replica} of ${service}; there are those of ${known.join(', ')}`);
  }
  await runBeside(control, service, `${prefix}${replica}.ts`);
}

/** A service's program for it is src/rebuild-<replica>.ts. */
const replicas = (): string[] =>
  globSync(`apps/*/src/${prefix}*.ts`, { cwd: repository })
    .map((path) => `${path.split(/[\\/]/)[1]} ${basename(path, '.ts').slice(prefix.length)}`)
    .toSorted();

/** Runs a program of a service with the environment of the running one. */
async function runBeside(control: ControlClient, service: string, program: string): Promise<void> {
  const { environments } = await control.describe();
  const env = environments[service];
  if (!env) throw new UserError(`${service} is not among the running processes: its environment is not known`);
  const script = join(repository, 'apps', service, 'src', program);
  const child = spawn(process.execPath, [...fromSource, script], { cwd: repository, env, stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
