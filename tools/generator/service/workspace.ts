import { existsSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import type { ChangeSet } from '../change-set.js';

interface Lock {
  readonly packages: Readonly<Record<string, object>>;
}

/** Adds a new workspace to package-lock.json, as `npm install` would. All of its packages are already locked. */
export function addToLock(changes: ChangeSet, folder: string): void {
  const { name, version, dependencies, devDependencies } = JSON.parse(changes.read(`${folder}/package.json`)) as Record<string, unknown>;
  changes.edit('package-lock.json', (text) =>
    withPackages(text, { [folder]: { name, version, dependencies, devDependencies }, [`node_modules/${String(name)}`]: linkTo(folder) }),
  );
}

/** Links the workspace in node_modules, as `npm install` would, so that no command has to install anything. */
export function linkWorkspace(folder: string, name: string): void {
  const link = join(repository, 'node_modules', name);
  rmSync(link, { force: true });
  symlinkSync(join('..', '..', folder), link);
  const installed = join(repository, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return;
  // Writes a new file, since node_modules may be shared by hard links.
  writeFileSync(`${installed}.new`, withPackages(readFileSync(installed, 'utf8'), { [`node_modules/${name}`]: linkTo(folder) }));
  renameSync(`${installed}.new`, installed);
}

const linkTo = (folder: string) => ({ resolved: folder, link: true });

function withPackages(text: string, added: Readonly<Record<string, object>>): string {
  const lock = JSON.parse(text) as Lock;
  const sorted = Object.entries({ ...lock.packages, ...added }).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, undefined, 2)}\n`;
}
