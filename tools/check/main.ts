// npm test: every check, then every test, and one summary, whose last line is `N passed, N failed`.
// npm test -- PATH …: only the tests in files whose path contains one of these.
// npm test -- -t PATTERN: only the tests whose name matches.
// npm test -- --watch [PATH …]: runs the tests again whenever a file that they use changes, until Ctrl-C.
// npm test -- --affected [--base REV]: the checks, and the tests of what differs from REV (main) and of its dependents.
import { parseArguments } from '@ftgo/runner/usage';
import { affectedFolders } from './affected.js';
import { checks } from './checks.js';
import { runChecks, summarise } from './report.js';
import { runTests, watchTests } from './run-tests.js';

const usage = 'npm test -- [PATH …] [-t PATTERN] [--watch | --affected [--base REV]]';
const { values, positionals: paths } = parseArguments(usage, {
  allowPositionals: true,
  options: {
    affected: { type: 'boolean', default: false },
    base: { type: 'string', default: 'main' },
    testNamePattern: { type: 'string', short: 't' },
    watch: { type: 'boolean', default: false },
  },
});

const { testNamePattern: namePattern } = values;

process.exitCode = await run();

function run(): Promise<number> {
  if (values.watch) return watchTests({ paths, namePattern });
  return values.affected ? testAffected() : test(paths);
}

async function test(paths: readonly string[]): Promise<number> {
  const checked = paths.length > 0 ? [] : await runChecks(checks());
  return summarise({ checked, tests: await runTests({ paths, namePattern }) });
}

async function testAffected(): Promise<number> {
  const folders = affectedFolders(values.base);
  const checked = await runChecks(checks());
  console.log(folders.length > 0 ? `\nTesting affected projects: ${folders.join(' ')}` : `\nNo project differs from ${values.base}.`);
  return summarise({ checked, tests: folders.length > 0 ? await runTests({ paths: folders, namePattern }) : undefined });
}
