import { defineConfig } from 'vitest/config';

const conditions = ['@ftgo/source', 'node', 'default'];

/** The liars have to fail: they are no specs, and run only for false-claims.spec.ts. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // What does not come will not come later either.
  test: { root: import.meta.dirname, include: ['liars.ts'], testTimeout: 4_000 },
});
