// Rejects phrases that are never right in the texts of this repository; part of npm run check.
import { repository } from '@ftgo/runner/workspace';
import { findingsIn } from './check.js';

const findings = findingsIn(repository);
for (const finding of findings) console.error(finding);
process.exitCode = findings.length === 0 ? 0 : 1;
