import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';

/** Passwords in tests and documentation that open nothing. */
const examples = [String.raw`/:s%40fe@/`, '/<password>/', String.raw`/:hunter2@localhost\//`, String.raw`/:\$PASSWORD@/`];

const rules = [
  {
    id: '@secretlint/secretlint-rule-preset-recommend',
    rule: creator,
    rules: [{ id: '@secretlint/secretlint-rule-database-connection-string', options: { allows: examples } }],
  },
];

/** Text that a commit adds to a file, or that is not committed yet. */
interface Addition {
  readonly commit: string;
  readonly file: string;
  readonly text: string;
}

/** Every token, private key or password in what the commits `range` of a repository add, as `commit file: …`. */
export const secretsInCommits = (folder: string, range: string): Promise<string[]> =>
  // Of a merge, what it adds to its first parent: a conflict may have been resolved with a secret.
  secretsIn(additionsIn(git(folder, 'log', '-p', '--format=commit %H', '--diff-merges=first-parent', ...plainDiff, range, '--')));

/** The same of what is not committed yet. */
export function secretsInWorkingTree(folder: string): Promise<string[]> {
  const commit = 'not committed';
  const changed = additionsIn(git(folder, 'diff', ...plainDiff, 'HEAD')).map((addition) => ({ ...addition, commit }));
  const untracked = git(folder, 'ls-files', '-z', '--others', '--exclude-standard').split('\0').filter(Boolean);
  return secretsIn([...changed, ...untracked.map((file) => ({ commit, file, text: readFileSync(join(folder, file), 'utf8') }))]);
}

const plainDiff = ['--unified=0', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color', '--src-prefix=a/', '--dst-prefix=b/'];

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'core.quotePath=false', ...args], { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 30 });

/** Reads the output of `git log -p` or `git diff`. */
function additionsIn(patch: string): Addition[] {
  const additions: { commit: string; file: string; lines: string[] }[] = [];
  let commit = '';
  for (const line of patch.split('\n')) {
    if (line.startsWith('commit ')) commit = line.slice(7, 17);
    else if (line.startsWith('+++ b/')) additions.push({ commit, file: line.slice(6).trimEnd(), lines: [] });
    else if (line.startsWith('+')) additions.at(-1)?.lines.push(line.slice(1));
  }
  return additions.map(({ lines, ...where }) => ({ ...where, text: lines.join('\n') }));
}

async function secretsIn(additions: readonly Addition[]): Promise<string[]> {
  const found: string[] = [];
  for (const chunk of chunksOf(additions)) {
    const content = chunk.map(({ text }) => text).join('\n');
    const source = { filePath: 'additions', content, contentType: 'text' as const };
    const { messages } = await lintSource({ source, options: { config: { rules }, noPhysicFilePath: true, maskSecrets: true } });
    found.push(...messages.map(({ message, loc }) => `${whereIs(loc.start.line, chunk)}: ${message}`));
  }
  return found;
}

/** Secretlint takes much longer for many short texts than for a few long ones. */
function chunksOf(additions: readonly Addition[]): Addition[][] {
  const chunks: Addition[][] = [];
  let room = 0;
  for (const addition of additions) {
    if (room <= 0) {
      chunks.push([]);
      room = 1_000_000;
    }
    chunks.at(-1)?.push(addition);
    room -= addition.text.length;
  }
  return chunks;
}

function whereIs(line: number, chunk: readonly Addition[]): string {
  let rest = line;
  for (const { commit, file, text } of chunk) {
    rest -= text.split('\n').length;
    if (rest <= 0) return `${commit} ${file}`;
  }
  return 'unknown';
}
