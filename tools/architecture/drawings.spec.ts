import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { expect, it } from 'vitest';
import { drawings } from './drawings.js';

it.each(drawings)('$file is what the code says; `npm run generate` draws it anew', async ({ file, draw }) => {
  expect(readFileSync(join(repository, file), 'utf8')).toBe(await draw(repository));
});
