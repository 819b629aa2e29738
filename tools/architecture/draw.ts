// The last part of npm run generate, in a separate process because it imports the generated code.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { drawings } from './drawings.js';

for (const { file, draw } of drawings) writeFileSync(join(repository, file), await draw(repository));
