// Checks imports against the boundary rules; part of npm test.
import { repository } from '@ftgo/runner/workspace';
import { checkBoundaries } from './check.js';

const violations = await checkBoundaries(repository);
for (const { rule, from, to, comment } of violations) console.error(`${from}\n  must not use ${to}\n  ${rule}: ${comment}`);
process.exitCode = violations.length === 0 ? 0 : 1;
