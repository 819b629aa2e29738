import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// `import` must not be among them: vitest gives them to Node too, and `require` would get ES modules.
const conditions = ['@ftgo/source', 'node', 'default'];

/** Specs that start whole systems, or run the tests of a clone: one after the other, when the rest is done. */
const systems = ['apps/e2e/**/*spec.ts', 'libs/runner/**/*spec.ts', 'tools/generator/**/*.int-spec.ts'];

/** Pastes whole guides, and takes minutes: `npm run test:guides`. */
const guides = 'tools/generator/test/guides.int-spec.ts';

const exclude = ['**/node_modules/**', '**/dist/**', ...(process.env['FTGO_TEST_GUIDES'] ? [] : [guides])];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  environments: { __vitest__: { resolve: { conditions } } }, // where the global set-up runs
  server: { watch: { ignored: ['**/.cache/**', '**/.ftgo/**', '**/.nx/**', '**/dist/**'] } }, // --watch beside npm start
  test: {
    environment: 'node',
    pool: 'forks',
    globalSetup: ['libs/testing/src/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['{libs,apps,tools,benchmarks}/**/*spec.ts'],
          exclude: [...exclude, ...systems],
          setupFiles: ['libs/testing/src/answers-as-described.ts', 'libs/testing/src/fail-fast.ts'],
          // Specs wait for Postgres and Kafka more than they compute.
          maxWorkers: Math.max(2, availableParallelism() - 1),
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'systems',
          include: systems,
          exclude,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
