import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The root of the repository. */
export const repository = join(import.meta.dirname, '..', '..', '..', '..');

/** Arguments that let Node run TypeScript from source. */
export const fromSource: readonly string[] = [
  '--import',
  pathToFileURL(join(repository, 'tools', 'swc-hooks.mjs')).href,
  '--conditions=@ftgo/source',
];
