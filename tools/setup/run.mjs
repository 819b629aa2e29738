// Runs a TypeScript file of the repository on the Node of the `node` package, in place of this process.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureInstalled, root } from './install.mjs';

/** Arguments with which Node runs TypeScript from source. */
export const fromSource = ['--import', pathToFileURL(join(root, 'tools', 'swc-hooks.mjs')).href, '--conditions=@ftgo/source'];

/** These programs start others and wait for them: without it, they keep 100 MB of garbage. */
const smallHeap = ['--max-semi-space-size=2'];

/**
 * Installs missing dependencies, runs a script by its path from the root with this process's arguments, and exits with
 * its exit code.
 */
export async function runScript(script, { install = true } = {}) {
  try {
    if (install) await ensureInstalled();
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
  const node = join(root, 'node_modules', '.bin', 'node');
  const child = spawn(node, [...smallHeap, ...fromSource, join(root, script), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  stopWithNpm(child);
  child.once('error', (error) => {
    console.error(`cannot run ${node}: ${error.message}; delete node_modules and try again`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)));
}

/** A killed npm signals no one. Without npm there is no terminal for Ctrl-C, so everything is stopped. */
function stopWithNpm(child) {
  if (!process.env.npm_lifecycle_event) return;
  // npm runs scripts through a shell, which may or may not have replaced itself with this process.
  const shell = /(^|[/-])(ba|da|z|k)?sh( |$)/.test(ps(process.ppid, 'command=')) ? process.ppid : undefined;
  const parent = process.ppid;
  const grandparent = shell && parentOf(shell);
  const timer = setInterval(() => {
    if (process.ppid === parent && (!shell || parentOf(shell) === grandparent)) return;
    clearInterval(timer);
    child.kill('SIGTERM');
  }, 1_000);
  timer.unref();
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return Number(ps(pid, 'ppid='));
  }
}

function ps(pid, column) {
  try {
    if (column === 'command=' && existsSync('/proc/self')) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return execFileSync('ps', ['-o', column, '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
