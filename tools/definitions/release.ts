import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UserError } from '@ftgo/runner/errors';
import { repository } from '@ftgo/runner/workspace';
import { breakingChanges, majorOf } from './check.js';
import { DefinitionsFolder, graphqlSchema, protoImage, type Release } from './folder.js';

/** Makes the current definitions those of the last release. They need a later version, a new major one if they break programs. */
export function releaseDefinitions(root: string): string {
  const folder = new DefinitionsFolder(root);
  const { version } = folder;
  const { version: last } = folder.released;
  if (!isLater(version, last))
    throw new UserError(`cannot release ${version}: ${last} is already released; set a later version in definitions/version.json`);
  if (majorOf(version) === majorOf(last) && breakingChanges(root).length > 0)
    throw new UserError(`cannot release ${version}: it breaks programs that rely on ${last}; npm run check lists the changes`);
  write(folder);
  return version;
}

export function isLater(version: string, other: string): boolean {
  const [one, two] = [version, other].map((text) => text.split('.').map(Number));
  const first = (one ?? []).findIndex((part, i) => part !== two?.[i]);
  return first !== -1 && (one?.[first] ?? 0) > (two?.[first] ?? 0);
}

/** Replaces `released/`. */
export function write(folder: DefinitionsFolder): void {
  const released = join(folder.path, 'released');
  rmSync(released, { recursive: true, force: true });
  for (const file of ['asyncapi.json', ...globSync('openapi/*.json', { cwd: folder.path })]) {
    mkdirSync(dirname(join(released, file)), { recursive: true });
    cpSync(join(folder.path, file), join(released, file));
  }
  cpSync(join(folder.root, graphqlSchema), join(released, 'schema.graphql'));
  const buf = join(repository, 'node_modules', '.bin', 'buf');
  execFileSync(buf, ['build', '--exclude-source-info', '-o', join(released, protoImage)], { cwd: folder.root });
  const release: Release = { version: folder.version, files: folder.releasedDigests() };
  writeFileSync(join(released, 'release.json'), `${JSON.stringify(release, undefined, 2)}\n`);
}
