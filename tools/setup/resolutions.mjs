// Remembers where the imports of third-party packages lead, for each program: a service has 2,900 modules, and resolving them
// takes a quarter of its start. npm changes node_modules/.package-lock.json with every change of node_modules. What is remembered
// is valid for one state of node_modules, one Node and one path of the repository: each combination has its own folder.

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../.cache/resolutions/', import.meta.url));
const installed = new URL('../../node_modules/.package-lock.json', import.meta.url);
const generation = currentGeneration();
const file = `${folder}${generation}/${hashOf([process.argv[1], process.execArgv])}.json`;
/** @type {Record<string, [url: string, format: string | undefined]>} */
const known = read();
let isChanged = false;

/**
 * The remembered resolution, or that of `next`.
 * @type {import('node:module').ResolveHookSync}
 */
export function resolved(specifier, context, next) {
  const { parentURL, conditions, importAttributes } = context;
  if (parentURL === undefined || Object.keys(importAttributes ?? {}).length > 0) return next(specifier, context);
  // All files of a folder have the same resolutions.
  const key = `${conditions.includes('require') ? 'require' : 'import'} ${specifier} ${parentURL.slice(0, parentURL.lastIndexOf('/'))}`;
  const hit = known[key];
  if (hit) return { url: hit[0], format: hit[1] ?? undefined, shortCircuit: true };
  const result = next(specifier, context);
  if (result.url.includes('/node_modules/')) {
    known[key] = [result.url, result.format ?? undefined];
    isChanged = true;
  }
  return result;
}

/** @param {unknown} value */
function hashOf(value) {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}

function currentGeneration() {
  try {
    return hashOf([process.version, folder, statSync(installed).mtimeMs]);
  } catch {
    return undefined;
  }
}

function read() {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * Deletes everything but the current generation. A process of another one that reads or writes at the same time only loses
 * its cache.
 */
function deleteOld() {
  for (const name of readdirSync(folder)) if (name !== generation) rmSync(`${folder}${name}`, { recursive: true, force: true });
}

process.once('exit', () => {
  // A process from before the last `npm ci` must not delete what newer ones have remembered.
  if (!isChanged || generation === undefined || generation !== currentGeneration()) return;
  // Errors are ignored, because the cache is optional.
  try {
    mkdirSync(`${folder}${generation}`, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(known));
    renameSync(`${file}.${process.pid}`, file);
    deleteOld();
  } catch {}
});
