import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';
import { type Lock, lockProblems, scriptProblems } from '../lock.js';

const read = (file: string): unknown => JSON.parse(readFileSync(join(repository, file), 'utf8'));

const entry = { version: '1.0.0', integrity: 'sha512-AAAA' };
const lockOf = (packages: Lock['packages']): Lock => ({
  packages: { '': {}, 'libs/kernel': {}, 'node_modules/@ftgo/kernel': { link: true }, ...packages },
});

describe('the lock files', () => {
  const locks = ['package-lock.json', 'tools/asyncapi/package-lock.json', 'tools/mutation/package-lock.json'];

  it.each(locks)('%s locks the content of every package and names no registry', (file) => {
    expect(lockProblems(read(file) as Lock)).toEqual([]);
  });

  it('are all checked', () => {
    const files = execFileSync('git', ['ls-files', '*package-lock.json'], { cwd: repository, encoding: 'utf8' });
    expect(files.trim().split('\n')).toEqual(locks);
  });
});

describe('a lock entry', () => {
  it('is rejected without a sha512 integrity', () => {
    const { integrity, ...without } = entry;
    expect(
      lockProblems(lockOf({ 'node_modules/pg': without, 'node_modules/a': { ...entry, integrity: 'sha1-AAAA' }, 'node_modules/b': entry })),
    ).toEqual([
      'node_modules/pg: no sha512 integrity; delete the entry and run npm install --package-lock-only',
      'node_modules/a: no sha512 integrity; delete the entry and run npm install --package-lock-only',
    ]);
    expect(integrity).toBeDefined();
  });

  it('is rejected with the address of a registry', () => {
    expect(lockProblems(lockOf({ 'node_modules/pg': { ...entry, resolved: 'https://registry.example/pg.tgz' } }))).toEqual([
      'node_modules/pg: names https://registry.example/pg.tgz; packages must come from the registry that npm is configured for',
    ]);
  });
});

describe('install scripts', () => {
  it('are each allowed or denied by name', () => {
    const { allowScripts } = read('package.json') as { allowScripts: Record<string, boolean> };
    expect(scriptProblems(read('package-lock.json') as Lock, allowScripts)).toEqual([]);
  });

  it('of a new package need a decision, which must be deleted with the package', () => {
    const lock = lockOf({ 'node_modules/a/node_modules/@b/c': { ...entry, hasInstallScript: true }, 'node_modules/pg': entry });
    expect(scriptProblems(lock, { pg: false })).toEqual([
      '@b/c: has an install script; decide in allowScripts of package.json',
      'pg: has no install script; delete it from allowScripts of package.json',
    ]);
  });
});
