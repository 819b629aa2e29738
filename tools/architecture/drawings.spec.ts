import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { expect, it } from 'vitest';
import { drawings } from './drawings.js';

it.each(drawings)('$file is up to date with the code; `npm run generate` updates it', async ({ file, draw }) => {
  const drawn = await draw(repository); // first, since it reports a file that is missing
  expect(readFileSync(join(repository, file), 'utf8')).toBe(drawn);
});
