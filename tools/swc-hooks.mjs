// node --import ./tools/swc-hooks.mjs --conditions=@ftgo/source apps/x/src/main.ts
// Compiled files are cached by content in .cache/swc, so that most starts do without the compiler, which takes 100 MB of
// memory and half of the start time.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks, setSourceMapsSupport } from 'node:module';
import { fileURLToPath } from 'node:url';
import { resolved } from './setup/resolutions.mjs';

setSourceMapsSupport(true, { nodeModules: false, generatedCode: false });
const require = createRequire(import.meta.url);
const folder = fileURLToPath(new URL('../.cache/swc/', import.meta.url));
const swcrc = readFileSync(new URL('../.swcrc', import.meta.url), 'utf8');
const compiler = readFileSync(new URL('../node_modules/@swc/core/package.json', import.meta.url), 'utf8');
const options = { ...JSON.parse(swcrc), swcrc: false, configFile: false, sourceMaps: 'inline', inlineSourcesContent: false };
delete options.$schema;
const settings = JSON.stringify(options);

/** @param {string} filename */
function compiled(filename) {
  const source = readFileSync(filename, 'utf8');
  const key = createHash('sha256').update(compiler).update(settings).update(filename).update('\0').update(source).digest('hex');
  const kept = `${folder}${key}.js`;
  try {
    return readFileSync(kept, 'utf8');
  } catch {
    const { code } = require('@swc/core').transformSync(source, { ...options, filename });
    keep(kept, code);
    return code;
  }
}

/**
 * Another process may write the same file: the rename makes it appear complete or not at all. Errors are ignored, because
 * the cache is optional.
 * @param {string} file
 * @param {string} code
 */
function keep(file, code) {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${file}.${process.pid}`, code);
    renameSync(`${file}.${process.pid}`, file);
  } catch {}
}

registerHooks({
  resolve(specifier, context, next) {
    if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
      const source = `${specifier.slice(0, -3)}.ts`;
      const { href } = new URL(source, context.parentURL);
      // Node reports a missing file with the importing one.
      return existsSync(fileURLToPath(href)) ? { url: href, format: 'module', shortCircuit: true } : next(source, context);
    }
    return resolved(specifier, context, next);
  },
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
    return { format: 'module', shortCircuit: true, source: compiled(fileURLToPath(url)) };
  },
});
