// The last part of npm run generate, in a process of its own: it loads the code that was generated before.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { drawings } from './drawings.js';

for (const { file, draw } of drawings) writeFileSync(join(repository, file), await draw(repository));
