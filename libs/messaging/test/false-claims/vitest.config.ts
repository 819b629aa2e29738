import { defineConfig } from 'vitest/config';

const conditions = ['@ftgo/source', 'node', 'default'];

/** These brokers must fail: they are not specs, and run only for false-claims.spec.ts. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // What has not arrived by then never will.
  test: { root: import.meta.dirname, include: ['liars.ts'], testTimeout: 4_000 },
});
