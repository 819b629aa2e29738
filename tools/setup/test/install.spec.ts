import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { eventually } from '@ftgo/testing';
import { expect, it, onTestFinished } from 'vitest';

/** Stands in for npm: fetches a package once the file `fetch` exists, and ends once `end` does. */
const npm = `
const { existsSync } = require('node:fs');
let hasFetched = false;
setInterval(() => {
  if (!hasFetched && existsSync('fetch')) {
    hasFetched = true;
    console.error('npm http fetch GET 200 https://registry.example/pg/-/pg-8.0.0.tgz 5ms');
  }
  if (existsSync('end')) process.exit(0);
}, 20);
`;

it('reports that packages are being resolved until npm fetches the first one', { timeout: 60_000 }, async () => {
  const clone = mkdtempSync(join(tmpdir(), 'ftgo-install-'));
  onTestFinished(() => rmSync(clone, { recursive: true, force: true }));
  cpSync(join(repository, 'tools', 'setup'), join(clone, 'tools', 'setup'), { recursive: true });
  mkdirSync(join(clone, 'npm'));
  writeFileSync(join(clone, 'npm', 'npm-cli.js'), npm);
  const packages = { 'node_modules/pg': { version: '8.0.0' }, 'node_modules/nx': { version: '24.0.0' } };
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages }));

  const program = `import { ensureInstalled } from ${JSON.stringify(join(clone, 'tools', 'setup', 'install.mjs'))}; await ensureInstalled();`;
  const env = { ...process.env, npm_execpath: join(clone, 'npm', 'npm-cli.js') };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], { cwd: clone, env });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise((resolve) => child.once('exit', resolve));

  await eventually(() => expect(output).toMatch(/^ {2}resolving packages, \d+ s$/m), { timeoutMs: 20_000 });
  expect(output).not.toContain('0 of about');
  writeFileSync(join(clone, 'fetch'), '');
  await eventually(() => expect(output).toMatch(/^ {2}1 of about 2 packages fetched, \d+ s$/m), { timeoutMs: 20_000 });
  writeFileSync(join(clone, 'end'), '');
  expect(await exited).toBe(0);
  expect(output).toMatch(/^dependencies installed in \d+ s$/m);
});
