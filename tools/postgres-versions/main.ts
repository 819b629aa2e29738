// npm run test:postgres [-- MAJOR …]: runs the specs that use PostgreSQL on one major version after the other. npm test
// uses the newest.
import { globSync } from 'node:fs';
import { explain } from '@ftgo/runner/errors';
import { endWithUsage } from '@ftgo/runner/usage';
import { runTests, type TestResult } from '../check/run-tests.js';
import { downloadPostgres } from './download.js';
import { newest, releases, unsupported } from './versions.js';

/** Everything that depends on PostgreSQL, from the messaging library to the services' repositories and migrations. */
const specs = globSync(
  [
    'libs/{messaging,messaging-nest,operations,outbox-relay,sagas,event-sourcing,platform}/**/*.int-spec.ts',
    'apps/*/{src,test}/**/*.int-spec.ts',
  ],
  {
    exclude: ['**/node_modules/**'],
  },
).concat('apps/outbox-relay/test/outbox-relay.component-spec.ts');
const specOfUnsupported = 'libs/platform/test/postgres-versions.int-spec.ts';

const majors = [unsupported.major, ...releases.keys(), newest];

const releaseOf = (major: number) => (major === unsupported.major ? unsupported.release : releases.get(major));

async function testOn(major: number): Promise<TestResult> {
  const release = releaseOf(major);
  console.log(`\nPostgreSQL ${release ?? newest}`);
  process.env['FTGO_POSTGRES_BINARIES'] = release ? downloadPostgres(release) : '';
  const result = await runTests({ paths: major === unsupported.major ? [specOfUnsupported] : specs });
  return { ...result, failures: result.failures.map((failure) => `PostgreSQL ${major}: ${failure}`) };
}

const wrong = process.argv.slice(2).find((argument) => !majors.includes(Number(argument)));
if (wrong !== undefined) endWithUsage(`invalid PostgreSQL version '${wrong}'`, `expected one of ${majors.join(', ')}`);

try {
  const given = process.argv.slice(2).map(Number);
  const results = new Map<number, TestResult>();
  for (const major of given.length > 0 ? given : [unsupported.major, ...releases.keys()]) results.set(major, await testOn(major));
  console.log('\nSummary');
  for (const [major, { passed, skipped, failures, seconds }] of results) {
    const more = `${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
    console.log(`  ${failures.length === 0 ? '✔' : '✖'} PostgreSQL ${major}: ${passed} passed, ${more}, ${seconds.toFixed(0)} s`);
  }
  const failures = [...results.values()].flatMap((result) => result.failures);
  if (failures.length > 0) console.log(`\nFailed:\n${failures.map((failure) => `  ${failure}`).join('\n')}`);
  console.log(`\n${[...results.values()].reduce((sum, { passed }) => sum + passed, 0)} passed, ${failures.length} failed`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}
