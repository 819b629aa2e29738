import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '@ftgo/runner/processes';
import { fromSource, repository } from '@ftgo/runner/workspace';
import { eventually } from '@ftgo/testing';

export const password = 'a password for specs';
export const secretOfGateway = 'a secret for specs';

export interface IdentityProcess {
  readonly issuer: string;
  readonly child: ChildProcess;
  readonly output: () => string;
  stop(): Promise<number | null>;
}

const children: ChildProcess[] = [];

/** Ends the processes that a failed test has left running. */
export const endProcesses = (): void => children.forEach((child) => child.kill('SIGKILL'));

/** The real process. Resolves when it is ready. */
export async function startIdentity(environment: NodeJS.ProcessEnv = {}): Promise<IdentityProcess> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const process = spawnIdentity({ FTGO_HTTP_PORT: String(port), FTGO_OIDC_ISSUER: issuer, ...environment });
  const isReady = () => fetch(`${issuer}/health/ready`).then(({ ok }) => ok);
  await eventually(async () => {
    if (process.child.exitCode !== null || !(await isReady())) throw new Error(`not ready:\n${process.output()}`);
  });
  return { issuer, ...process };
}

export function spawnIdentity(environment: NodeJS.ProcessEnv) {
  const node = join(repository, 'node_modules', '.bin', 'node');
  const child = spawn(node, [...fromSource, join(repository, 'apps/identity-service/src/main.ts')], {
    cwd: repository,
    env: {
      PATH: process.env['PATH'],
      FTGO_IDENTITY_PASSWORD: password,
      FTGO_IDENTITY_CLIENTS: `api-gateway=${secretOfGateway}`,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    return child.exitCode;
  };
  return { child, output: () => text, stop };
}
