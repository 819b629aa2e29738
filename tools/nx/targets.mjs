// Nx plugin: gives each workspace the same targets, so that no project repeats them.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
export const name = 'ftgo-targets';
export const createNodes = [
  '{apps,libs}/*/package.json',
  (files, _options, { workspaceRoot }) =>
    files.map((file) => {
      const root = dirname(file);
      const run = (command) => ({ executor: 'nx:run-commands', options: { command, cwd: root } });
      const targets = {
        build: run('swc src -d dist --strip-leading-paths --config-file ../../.swcrc'),
        typecheck: run('node ../../node_modules/typescript-native/bin/tsc -p tsconfig.json'),
        lint: run('oxlint -c ../../.oxlintrc.json src'),
      };
      if (existsSync(join(workspaceRoot, root, 'test'))) targets.test = run('vitest run --config ../../vitest.config.ts --root .');
      return [file, { projects: { [root]: { root, targets } } }];
    }),
];
export const createNodesV2 = createNodes;
