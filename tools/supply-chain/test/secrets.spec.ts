import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { secretsInCommits, secretsInWorkingTree } from '../secrets.js';

// In parts, so that this file contains no secret.
const token = ['ghp_wWPw5k4aXcaT4fNP0', 'UcnZwJUVFk6LO0pINUx'].join('');
const privateKey = [
  '-----BEGIN RSA ',
  'PRIVATE KEY-----\n',
  'MIIEpAIBAAKCAQEA7rT0qk9m\n'.repeat(8),
  '-----END RSA ',
  'PRIVATE KEY-----\n',
].join('');
const url = ['postgres://admin:correct-horse', '@db.example.com:5432/orders'].join('');

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ftgo-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  git('init', '--quiet', '--initial-branch=main');
  commit('README.md', 'FTGO\n');
});

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd: folder, stdio: 'pipe' });

function commit(file: string, text: string) {
  writeFileSync(join(folder, file), text);
  git('add', file);
  git('commit', '--quiet', '--message', file);
}

describe('the history of a repository', () => {
  it.each([
    ['a token', token],
    ['a private key', privateKey],
    ['a password in the URL of a database', url],
  ])('is rejected for %s, even if a later commit deletes it', async (_, secret) => {
    commit('settings', `first\n${secret}\n`);
    commit('settings', 'first\n');
    expect(await secretsInCommits(folder, 'HEAD')).toEqual([expect.stringMatching(/^[0-9a-f]{10} settings: found /)]);
  });

  it('is rejected for a conflict that was resolved with a token', async () => {
    git('checkout', '--quiet', '-b', 'other');
    commit('a', 'a\n');
    git('checkout', '--quiet', 'main');
    git('merge', '--quiet', '--no-ff', '--no-commit', 'other');
    commit('a', `${token}\n`);
    expect(await secretsInCommits(folder, 'HEAD')).toEqual([expect.stringContaining(' a: found ')]);
  });

  it('is accepted with placeholders and the passwords of tests', async () => {
    commit('guide.md', 'postgres://<role>:<password>@<host>:5432/<database>\npostgres://ftgo_order:s%40fe@db1:5432/ftgo_order\n');
    expect(await secretsInCommits(folder, 'HEAD')).toEqual([]);
  });
});

it('what is not committed yet is rejected for a token in a new or a changed file', async () => {
  writeFileSync(join(folder, 'README.md'), `${token}\n`);
  writeFileSync(join(folder, 'new'), `${token}\n`);
  expect(await secretsInWorkingTree(folder)).toEqual([
    expect.stringMatching(/^not committed README.md: found /),
    expect.stringMatching(/^not committed new: found /),
  ]);
});
