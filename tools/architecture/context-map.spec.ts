import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { repository } from '../system/home.js';
import { contextMapFile, drawContextMap } from './context-map.js';

it('the context map in docs/ is the one that is enforced; `npm run generate` draws it anew', () => {
  expect(readFileSync(join(repository, contextMapFile), 'utf8')).toBe(drawContextMap(repository));
});
