import { readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const conditions = ['@ftgo/source', 'node', 'default'];
const parts = JSON.parse(readFileSync('tools/mutation/parts.json', 'utf8')) as Record<string, { readonly specs: readonly string[] }>;

/** The specs that are to notice a mutant; they start nothing. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: { environment: 'node', include: Object.values(parts).flatMap(({ specs }) => specs) },
});
