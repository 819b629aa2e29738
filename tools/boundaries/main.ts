// Checks imports against the boundary rules; part of npm test.
import { repository } from '@ftgo/runner/workspace';
import { causesOf, describeCause } from './causes.js';
import { checkBoundaries } from './check.js';

const causes = causesOf(await checkBoundaries(repository));
for (const cause of causes) console.error(describeCause(cause));
process.exitCode = causes.length === 0 ? 0 : 1;
