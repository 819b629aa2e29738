// Installs the dependencies if they are missing or stale. Runs on any Node from version 20 and has no dependencies.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const lockFile = join(root, '.cache', 'install.lock');

/** Created by an install script, so its absence shows that the scripts have not run. */
const ownNode = join(root, 'node_modules', '.bin', 'node');

/** Resolves when node_modules matches package-lock.json; throws an Error with a message for users. */
export async function ensureInstalled() {
  if (process.platform === 'win32') throw new Error('Windows is not supported: use WSL, Linux or macOS');
  if (isUpToDate() && existsSync(ownNode)) return;
  await alone(async () => {
    if (!isUpToDate()) await install();
    if (!existsSync(ownNode)) await runAllowedScripts();
  });
}

/**
 * Compares the lock with the one that npm wrote when it last installed. Optional packages are ignored, because they
 * depend on the platform.
 */
export function isUpToDate() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const present = packagesOf(installed);
  return Object.entries(wanted).every(
    ([path, { version, optional, link }]) =>
      !path.includes('node_modules/') || optional || (link ? present[path]?.link : present[path]?.version === version),
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}

/** Two commands, such as `npm start` and `npm test`, may be started right after the clone. */
async function alone(work) {
  mkdirSync(dirname(lockFile), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      break;
    } catch {
      if (isAbandoned()) rmSync(lockFile, { force: true });
      await sleep(200);
    }
  }
  try {
    await work();
  } finally {
    rmSync(lockFile, { force: true });
  }
}

function isAbandoned() {
  try {
    const pid = Number(readFileSync(lockFile, 'utf8'));
    // oxlint-disable-next-line no-restricted-properties -- compared with the time of a file
    if (!pid) return Date.now() - statSync(lockFile).mtimeMs > 2_000;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

async function install() {
  const reason = existsSync(join(root, 'node_modules')) ? 'node_modules is out of date' : 'first run';
  console.log(`installing dependencies with npm ci (${reason}) …`);
  const began = performance.now();
  const wanted = Object.entries(packagesOf(join(root, 'package-lock.json'))).filter(([path, { optional }]) => path && !optional).length;
  const { code, output } = await npm(['ci', '--no-audit', '--no-fund', '--loglevel=http'], (fetched) => {
    const seconds = Math.round((performance.now() - began) / 1000);
    // npm first asks the registry about every package, which can take a minute.
    const state = fetched === 0 ? 'resolving packages' : `${Math.min(fetched, wanted)} of about ${wanted} packages fetched`;
    console.log(`  ${state}, ${seconds} s`);
  });
  if (code !== 0) throw new Error(`npm ci failed:\n${output.split('\n').slice(-30).join('\n')}`);
  console.log(`dependencies installed in ${Math.round((performance.now() - began) / 1000)} s`);
}

/**
 * .npmrc denies every install script, because npm would run those of any package that a dependency begins to depend on.
 * Those that are needed, and have been read, are run here: they fetch Node.js, and link the libraries of PostgreSQL.
 */
async function runAllowedScripts() {
  const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name] && existsSync(join(root, 'node_modules', name)));
  console.log(`running the install scripts of ${allowed.join(' and ')} …`);
  const { code, output } = await npm(['rebuild', '--ignore-scripts=false', ...allowed], () => {});
  if (code === 0 && existsSync(ownNode)) return;
  rmSync(ownNode, { force: true });
  throw new Error(`npm rebuild failed:\n${output.split('\n').slice(-30).join('\n')}`);
}

/** npm's output is shown only if it fails: its warnings about engines are harmless and long. */
function npm(options, progress) {
  const cli = process.env.npm_execpath;
  const [command, args] = cli?.endsWith('.js') ? [process.execPath, [cli]] : ['npm', []];
  const child = spawn(command, [...args, ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let fetched = 0;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      fetched += text.match(/http (fetch GET 200|cache) \S+\.tgz/g)?.length ?? 0;
      output = (output + text).slice(-20_000);
    });
  }
  const giveUp = () => {
    child.kill();
    rmSync(lockFile, { force: true });
    process.exit(1);
  };
  for (const signal of signals) process.once(signal, giveUp);
  const timer = setInterval(() => progress(fetched), 5_000);
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`cannot run npm: ${error.message}`)));
    child.once('close', (code) => resolve({ code, output }));
  }).finally(() => {
    clearInterval(timer);
    for (const signal of signals) process.off(signal, giveUp);
  });
}
