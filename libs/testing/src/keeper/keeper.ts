import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..', '..');

/** Starts the process that owns the servers; it ends, with all of them, when this process ends or calls `close`. */
export async function startKeeper(): Promise<{ url: string; close: () => Promise<void> }> {
  const main = join(import.meta.dirname, 'main.ts');
  const ownNode = join(root, 'node_modules', '.bin', 'node');
  const child = fork(main, [], {
    cwd: root,
    execPath: existsSync(ownNode) ? ownNode : process.execPath,
    execArgv: ['--import', join(root, 'tools', 'swc-hooks.mjs'), '--conditions=@ftgo/source'],
    // A separate process group: Ctrl-C must not reach the servers before the specs have ended.
    detached: true,
  });
  const url = await addressOf(child);
  child.unref();
  child.channel?.unref();
  return { url, close: () => closeOf(child) };
}

function addressOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve((message as { url: string }).url));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the keeper of the test servers exited with code ${code}`)));
  });
}

function closeOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.ref();
    child.once('exit', () => resolve());
    child.disconnect();
  });
}
