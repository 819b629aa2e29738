// Remembers where the imports of third-party packages lead, for each program: a service has 2,900 modules, and resolving them
// takes a quarter of its start. npm changes node_modules/.package-lock.json with every change of node_modules.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../.cache/resolutions/', import.meta.url));
const program = createHash('sha256')
  .update(JSON.stringify([process.argv[1], process.execArgv]))
  .digest('hex')
  .slice(0, 16);
const file = `${folder}${program}.json`;
const stamp = stampOf(new URL('../../node_modules/.package-lock.json', import.meta.url));
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
  // Whatever the file, what counts is its folder.
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

/** @param {URL} installed */
function stampOf(installed) {
  try {
    return `${process.version} ${statSync(installed).mtimeMs}`;
  } catch {
    return undefined;
  }
}

function read() {
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8'));
    return kept.stamp === stamp ? kept.known : {};
  } catch {
    return {};
  }
}

process.once('exit', () => {
  if (!isChanged || stamp === undefined) return;
  // Errors are ignored, because the cache is optional.
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify({ stamp, known }));
    renameSync(`${file}.${process.pid}`, file);
  } catch {}
});
