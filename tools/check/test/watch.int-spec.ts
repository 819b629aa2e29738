import { spawn } from 'node:child_process';
import { chmodSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '@ftgo/runner/processes';
import { repository } from '@ftgo/runner/workspace';
import { eventually, noKafka } from '@ftgo/testing';
import { expect, it, onTestFinished } from 'vitest';

/** With Vitest's own variables, the inner run would act as a worker of this one. */
const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(VITEST|VITE_|TEST$|NODE_ENV$)/.test(name)));

/** Starts the watch mode in a separate process group, like a shell, with its own folder for the servers' data. */
function watch(...args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-watch-'));
  chmodSync(folder, 0o711); // Postgres may run as another user
  const child = spawn(process.execPath, [join(repository, 'tools', 'test.mjs'), '--watch', ...args], {
    cwd: repository,
    env: { ...environment, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise<number | null>((resolve) => {
    child.once('exit', resolve);
  });
  const signalGroup = (signal: NodeJS.Signals) => process.kill(-(child.pid as number), signal);
  onTestFinished(async () => {
    if (child.exitCode === null) signalGroup('SIGKILL');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  });
  return { folder, exited, signalGroup, output: () => output };
}

const serversIn = (folder: string): Array<{ name: string; pid: number }> =>
  globSync('ftgo-test-*/*.pid', { cwd: folder }).map(
    (file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as { name: string; pid: number },
  );

it('npm test -- --watch ends on Ctrl-C, and leaves no server and no file behind', async () => {
  const watching = watch('libs/testing/test/infrastructure', '-t', 'a test database|the shared Kafka');
  await eventually(() => expect(watching.output()).toContain('Waiting for file changes'), { timeoutMs: 50_000 });
  const servers = serversIn(watching.folder);
  expect(servers.map(({ name }) => name.replace(/-.*/, '')).toSorted()).toEqual(noKafka ? ['postgres'] : ['kafka', 'postgres']);
  watching.signalGroup('SIGINT');
  expect(await watching.exited).toBe(0);
  await eventually(() => {
    expect(servers.filter(({ pid }) => isAlive(pid))).toEqual([]);
    expect(readdirSync(watching.folder)).toEqual([]);
  });
});

it('npm test -- --watch reports a path that is in no spec', async () => {
  const watching = watch('nosuch');
  expect(await watching.exited).toBe(1);
  expect(watching.output()).toContain("no spec matches 'nosuch'");
});
