// npm test: every check, then every test, and one summary, whose last line is `N passed, N failed`.
// npm test -- PATH …: only the tests in files whose path contains one of these.
import { type Check, checks } from './checks.js';
import { type CheckResult, runCheck } from './run-check.js';
import { runTests } from './run-tests.js';

const filters = process.argv.slice(2);
const marks = { passed: '✔', failed: '✖', skipped: '–' };

const line = ({ name, outcome, output, seconds }: CheckResult) =>
  `${marks[outcome]} ${name.padEnd(22)} ${outcome === 'skipped' ? `skipped: ${output}` : `${seconds.toFixed(1)} s`}`;

async function check(due: readonly Check[]): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const one of due) {
    const result = await runCheck(one);
    console.log(line(result));
    if (result.outcome === 'failed') console.log(`${result.output}\n`);
    results.push(result);
  }
  return results;
}

const checked = filters.length > 0 ? [] : await check(checks());
const tests = await runTests(filters);

const wrong = checked.filter(({ outcome }) => outcome === 'failed').map(({ name }) => `${name}: see above`);
const failures = [...wrong, ...tests.failures];
const passed = tests.passed + checked.filter(({ outcome }) => outcome === 'passed').length;

console.log('\nSummary');
for (const result of checked) console.log(`  ${line(result)}`);
console.log(
  `  ${tests.failures.length === 0 ? '✔' : '✖'} ${'tests'.padEnd(22)} ${tests.seconds.toFixed(1)} s${tests.skipped ? `, ${tests.skipped} skipped` : ''}`,
);
if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
console.log(`\n${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length === 0 ? 0 : 1;
