import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';

const read = (file: string) => readFileSync(join(repository, file), 'utf8');

/** Every file that a person runs: npm's scripts, and what the guides run by name. */
const commands = globSync('tools/*.mjs', { cwd: repository }).filter((file) => file !== 'tools/swc-hooks.mjs');

/** What Node 12 cannot parse: `??`, `?.` and `await` outside of functions. */
const newerSyntax = /\?\?|\?\.|^(const .* = )?await /m;

const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } };
const oldest = Number(/^>=(\d+)$/.exec(engines.node)?.[1]);

/** Runs a command as if this Node were another version. */
function runAs(version: string, command: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const options = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
  return spawnSync(process.execPath, [...options, join(repository, command), '--help'], { encoding: 'utf8' });
}

describe('a Node version that is too old', () => {
  it.each(commands)('is reported by %s, without anything else', (command) => {
    const { status, stdout, stderr } = runAs(`${oldest - 1}.9.0`, command);
    expect([status, stdout, stderr]).toEqual([
      1,
      '',
      `cannot run on Node.js ${oldest - 1}.9.0: version ${oldest} or newer is required; install it from https://nodejs.org\n`,
    ]);
  });

  it.each(commands)('is checked by %s before anything is loaded that it could not parse', (command) => {
    expect(read(command).match(/^import .*/gm)).toEqual(["import './setup/node-version.mjs';"]);
    expect(read(command)).not.toMatch(newerSyntax);
  });

  it('is not reported for the oldest supported version', () => {
    const { status, stderr } = runAs(`${oldest}.0.0`, 'tools/ftgo.mjs');
    expect([status, stderr]).toEqual([0, '']);
  });
});

it('the check itself is written for Node 12', () => {
  expect(read('tools/setup/node-version.mjs')).not.toMatch(/^import /m);
  expect(read('tools/setup/node-version.mjs')).not.toMatch(newerSyntax);
});
