// The check "API compatibility" of npm run check: compares the definitions with those of the last release.
import { repository } from '@ftgo/runner/workspace';
import { faultsIn } from './check.js';

const faults = faultsIn(repository);
for (const fault of faults) console.error(fault);
process.exitCode = faults.length > 0 ? 1 : 0;
