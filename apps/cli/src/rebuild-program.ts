import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import type { ControlClient } from '@ftgo/runner/system';
import { fromSource, repository } from '@ftgo/runner/workspace';

/**
 * Rebuilds a replica while its service is down, by the service's own program, `src/rebuild-<replica>.ts`, with the environment of
 * the service. Resolves to its exit code; the program prints its progress.
 */
export async function runRebuildProgram(
  control: ControlClient,
  { service, replica, by, reason }: { readonly service: string; readonly replica: string; readonly by: string; readonly reason: string },
): Promise<number> {
  const script = join(repository, 'apps', service, 'src', `rebuild-${replica}.ts`);
  if (!existsSync(script)) throw new UserError(`${service} has no replica ${replica}; see npm run ftgo -- replica list`);
  const { environments } = await control.describe();
  const child = spawn(process.execPath, [...fromSource, script, '--by', by, '--reason', reason], {
    cwd: repository,
    env: environments[service],
    stdio: 'inherit',
  });
  return new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}
