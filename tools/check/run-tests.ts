import { spawn } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

/** The result of the tests. */
export interface TestResult {
  readonly passed: number;
  readonly skipped: number;
  /** The test and the first line of its error. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** Exit code of a program after Ctrl-C. */
const interrupted = 130;

export interface TestSelection {
  /** Only files whose path contains one of these; all files if empty. */
  readonly paths: readonly string[];
  /** Only tests whose full name matches. */
  readonly namePattern?: string | undefined;
}

/** Runs the tests in vitest, which shows its progress, and counts the results. */
export async function runTests({ paths, namePattern }: TestSelection): Promise<TestResult> {
  const unmatched = pathsWithoutSpec(paths);
  if (unmatched.length > 0) return { passed: 0, skipped: 0, failures: unmatched.map(noSpecMatches), seconds: 0 };
  const folder = mkdtempSync(join(tmpdir(), 'ftgo-report-'));
  const report = join(folder, 'report.json');
  const began = performance.now();
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    const code = await vitest(['run', ...selected({ paths, namePattern }), ...reporters], 'ignore');
    const counted = existsSync(report)
      ? count(JSON.parse(readFileSync(report, 'utf8')) as Report)
      : { passed: 0, skipped: 0, failures: [] };
    const isUnexplained = code !== 0 && counted.failures.length === 0;
    const how = code === interrupted ? 'the tests were interrupted' : `vitest exited with code ${code}: see above`;
    const failures = isUnexplained ? [how] : counted.failures;
    return { ...counted, failures, seconds: (performance.now() - began) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs the tests again whenever a file that they use changes, until Ctrl-C. Returns the exit code. */
export async function watchTests(selection: TestSelection): Promise<number> {
  const unmatched = pathsWithoutSpec(selection.paths);
  for (const path of unmatched) console.error(noSpecMatches(path));
  if (unmatched.length > 0) return 1;
  const code = await vitest(['watch', ...selected(selection)], 'inherit');
  return code === interrupted ? 0 : code;
}

const selected = ({ paths, namePattern }: TestSelection): string[] => [
  ...paths,
  ...(namePattern === undefined ? [] : ['--testNamePattern', namePattern]),
];

/** Paths that occur in no spec's path. A path may end with a line number. */
function pathsWithoutSpec(paths: readonly string[]): string[] {
  const specs = globSync('{libs,apps,tools,benchmarks}/**/*spec.ts', { cwd: repository, exclude: (name) => name.endsWith('node_modules') });
  return paths.filter((path) => !specs.some((spec) => spec.includes(path.replace(/:\d+$/, ''))));
}

const noSpecMatches = (path: string): string => `no spec matches '${path}': expected a part of the path of a spec, such as libs/kernel`;

/** Keys, such as those of the watch mode, arrive by standard input. */
function vitest(args: readonly string[], keys: 'inherit' | 'ignore'): Promise<number> {
  const main = join(repository, 'node_modules', 'vitest', 'vitest.mjs');
  // Each spec has a process of its own, which otherwise compiles the same packages again.
  const env = { NODE_COMPILE_CACHE: join(repository, '.cache', 'node'), ...process.env };
  const child = spawn(process.execPath, [main, ...args], { cwd: repository, env, stdio: [keys, 'inherit', 'inherit'] });
  // When terminated, vitest stops the servers of its run: wait for it.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? interrupted));
  });
}

/** The output of vitest's JSON reporter. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** Counts the tests and collects the failures. */
export function count({ testResults }: Report): Omit<TestResult, 'seconds'> {
  let passed = 0;
  let skipped = 0;
  const failures: string[] = [];
  for (const { name, status, message, assertionResults } of testResults) {
    const file = relative(repository, name);
    for (const test of assertionResults) {
      if (test.status === 'passed') passed += 1;
      else if (test.status === 'failed') failures.push(`${file}: ${test.fullName}\n    ${firstLine(test.failureMessages?.[0])}`);
      else skipped += 1;
    }
    // A file that cannot be loaded, or whose hooks fail, has failed even if none of its tests has.
    const isSilent = status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
    if (isSilent) failures.push(`${file}\n    ${firstLine(message)}`);
  }
  return { passed, skipped, failures };
}

const firstLine = (text = '') => text.split('\n').find((line) => line.trim()) ?? 'no message';
