// Nx plugin: gives every workspace the same targets, so that no project repeats them.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export const name = 'ftgo-targets';

const bin = (...path) => join('node_modules', ...path);

/** A published package also has declarations. */
const isPublic = (manifest) => !JSON.parse(readFileSync(manifest, 'utf8')).private;

export const createNodes = [
  '{package.json,{apps,libs}/*/package.json}',
  (files, _options, { workspaceRoot }) =>
    files.map((file) => {
      const root = dirname(file);
      const up = root === '.' ? '' : '../../';
      const run = (command) => ({ executor: 'nx:run-commands', options: { command, cwd: root } });
      const vitest = `${up}${bin('.bin', 'node')} ${up}${bin('vitest', 'vitest.mjs')} run --root ${up || '.'}`;
      if (root === '.') return [file, { projects: { [root]: { root } } }];
      const compile = `swc src -d dist --delete-dir-on-start --strip-leading-paths --ignore '**/*spec.ts' --config-file ${up}.swcrc`;
      const declare = `node ${up}${bin('typescript-native', 'bin', 'tsc')} -p tsconfig.build.json`;
      const targets = {
        build: run(isPublic(join(workspaceRoot, file)) ? `${compile} && ${declare}` : compile),
        lint: run(`oxlint --type-aware -c ${up}.oxlintrc.json .`),
        test: run(`${vitest} ${root}/`),
      };
      if (!existsSync(join(workspaceRoot, root, 'src'))) delete targets.build;
      return [file, { projects: { [root]: { root, targets } } }];
    }),
];
export const createNodesV2 = createNodes;
