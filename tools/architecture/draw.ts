// The last part of npm run generate, in a separate process because it imports the generated code.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { drawings } from './drawings.js';

for (const { file, draw } of drawings) {
  const drawn = await draw(repository);
  mkdirSync(dirname(join(repository, file)), { recursive: true });
  writeFileSync(join(repository, file), drawn);
}
