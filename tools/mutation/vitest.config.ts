import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const conditions = ['@ftgo/source', 'node', 'default'];
const parts = JSON.parse(readFileSync('tools/mutation/parts.json', 'utf8')) as Record<string, { readonly specs: readonly string[] }>;

/** The specs that are to notice a mutant. Only those of the batches use a database; its server starts with the first of them. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  environments: { __vitest__: { resolve: { conditions } } }, // where the global set-up runs
  test: {
    environment: 'node',
    include: Object.values(parts).flatMap(({ specs }) => specs),
    globalSetup: ['libs/testing/src/global-setup.ts'],
    setupFiles: ['libs/testing/src/free-ports.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
