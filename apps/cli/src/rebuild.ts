import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import type { ControlClient } from '@ftgo/runner/system';
import { fromSource, repository } from '@ftgo/runner/workspace';

const prefix = 'rebuild-';

/** Rebuilds the order history while the current one is served, then replaces it; the program prints its progress. */
export const rebuildView = (control: ControlClient): Promise<void> => runProgram(control, 'order-history-service', 'rebuild.ts');

/** Rebuilds a replica from the start of its topic while its service is running. */
export async function rebuildReplica(control: ControlClient, service: string, replica: string): Promise<void> {
  const known = replicas();
  if (!known.includes(`${service} ${replica}`)) {
    throw new UserError(`no replica ${replica} of ${service}: expected one of ${known.join(', ')}`);
  }
  await runProgram(control, service, `${prefix}${replica}.ts`);
}

/** The program of a service for this is src/rebuild-<replica>.ts. */
const replicas = (): string[] =>
  globSync(`apps/*/src/${prefix}*.ts`, { cwd: repository })
    .map((path) => `${path.split(/[\\/]/)[1]} ${basename(path, '.ts').slice(prefix.length)}`)
    .toSorted();

/** Runs a program of a service with the environment of the running service. */
async function runProgram(control: ControlClient, service: string, program: string): Promise<void> {
  const { environments } = await control.describe();
  const env = environments[service];
  if (!env) throw new UserError(`cannot rebuild: ${service} is not running, so its environment is unknown`);
  const script = join(repository, 'apps', service, 'src', program);
  const child = spawn(process.execPath, [...fromSource, script], { cwd: repository, env, stdio: 'inherit' });
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
