import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DefinitionsFolder, type Release } from './folder.js';

const folder = 'definitions/released';

/** Contents that version 1.0.0 had before it was complete: tree ids, which rebasing does not change. */
const incomplete: ReadonlySet<string> = new Set([
  '6ec942e273cd5944ce567db701d2be1a33a15efc',
  '15e7758d8daf49fa5f9cd6c72d1ad610420eb26b', // until 3a4aa53d, which changed descriptions
]);

/** Faults of the working tree of `root`: files of the released version that differ from those with which it was first committed. */
export function changesOfBaseline(root: string): string[] {
  const { version } = new DefinitionsFolder(root).released;
  const commits = lines(git(root, 'log', '--topo-order', '--reverse', '--full-history', '--format=%h', '--abbrev=10', '--', folder));
  const commit = commits.find((each) => releases(root, each, version));
  if (commit === undefined) return [];
  const remedy = `restore it (git checkout ${commit} -- ${folder}), or release a later version (npm run release-definitions)`;
  return lines(git(root, 'diff', '--name-only', commit, '--', folder)).map(
    (file) => `${file}: differs from release ${version} in commit ${commit}; ${remedy}`,
  );
}

function releases(root: string, commit: string, version: string): boolean {
  const [, , tree] = git(root, 'ls-tree', commit, folder).split(/\s/);
  if (tree === undefined || incomplete.has(tree)) return false;
  return (JSON.parse(git(root, 'show', `${commit}:${folder}/release.json`)) as Release).version === version;
}

/** Why a folder has no complete history; undefined if it has one. */
export function whyWithoutHistory(root: string): string | undefined {
  if (!existsSync(join(root, '.git'))) return 'not a git checkout';
  return git(root, 'rev-parse', '--is-shallow-repository').trim() === 'true' ? 'a shallow clone lacks the history' : undefined;
}

const git = (cwd: string, ...args: string[]): string => execFileSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 30 });

const lines = (text: string): string[] => text.split('\n').filter(Boolean);
