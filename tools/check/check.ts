// npm run check: every check of npm test, without the tests.
import { checks } from './checks.js';
import { runChecks, summarise } from './report.js';

const checked = await runChecks(checks());
process.exitCode = summarise({ checked });
