import type { Check } from './checks.js';
import { type CheckResult, runCheck } from './run-check.js';
import type { TestResult } from './run-tests.js';

export interface Results {
  readonly checked: readonly CheckResult[];
  /** Undefined if no tests were run. */
  readonly tests?: TestResult | undefined;
}

const marks = { passed: '✔', failed: '✖', skipped: '–' };

const line = ({ name, outcome, output, seconds }: CheckResult) =>
  `${marks[outcome]} ${name.padEnd(22)} ${outcome === 'skipped' ? `skipped: ${output}` : `${seconds.toFixed(1)} s`}`;

const testsLine = ({ failures, seconds, skipped }: TestResult) =>
  `${failures.length === 0 ? marks.passed : marks.failed} ${'tests'.padEnd(22)} ${seconds.toFixed(1)} s${skipped ? `, ${skipped} skipped` : ''}`;

/** Runs the checks in sequence; prints each result, and the output of failed checks. */
export async function runChecks(due: readonly Check[]): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of due) {
    const result = await runCheck(check);
    console.log(line(result));
    if (result.outcome === 'failed') console.log(`${result.output}\n`);
    results.push(result);
  }
  return results;
}

/** Prints a summary that ends with `N passed, N failed`. Returns the exit code. */
export function summarise({ checked, tests }: Results): number {
  const failedChecks = checked.filter(({ outcome }) => outcome === 'failed').map(({ name }) => `${name}: see above`);
  const failures = [...failedChecks, ...(tests?.failures ?? [])];
  const passed = (tests?.passed ?? 0) + checked.filter(({ outcome }) => outcome === 'passed').length;
  const lines = [...checked.map(line), ...(tests ? [testsLine(tests)] : [])];
  console.log(`\nSummary\n${lines.map((text) => `  ${text}`).join('\n')}`);
  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
  console.log(`\n${passed} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}
