import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fromSource, repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';

/** Runs a program of the repository from source. */
const run = (program: string, args: readonly string[]) =>
  new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    const options = { cwd: repository, env: { PATH: process.env['PATH'] } };
    const child = execFile(process.execPath, [...fromSource, join(repository, program), ...args], options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });

const unknown = `unknown option '--unknown'`;
const test = 'usage: npm test -- [PATH …] [-t PATTERN] [--watch | --affected [--base REV]]';

describe('wrong arguments', () => {
  it.concurrent.each([
    ['tools/check/main.ts', ['--unknown'], `${unknown}; ${test}`],
    ['tools/check/main.ts', ['libs/kernel', '-t'], `option '-t, --testNamePattern <value>' argument missing; ${test}`],
    ['tools/check/main.ts', ['--watch=no'], `option '--watch' does not take an argument; ${test}`],
    ['benchmarks/relay/main.ts', ['--unknown'], `${unknown}; usage: npm run bench -- relay [OPTION …], with the options`],
    ['benchmarks/relay/main.ts', ['--peers', 'theirs'], `unknown peer 'theirs'; expected one of reader, ours, `],
    ['tools/bench.ts', ['relays'], `unknown benchmark 'relays'; usage: npm run bench -- NAME, with NAME one of brokers, `],
    ['tools/postgres-versions/main.ts', ['--unknown'], `invalid PostgreSQL version '--unknown'; expected one of 14, `],
    ['libs/runner/src/system/main.ts', ['--unknown'], `${unknown}; see npm start -- --help`],
    ['apps/cli/src/main.ts', ['ps', '--jsn'], `unknown option '--jsn' (Did you mean --json?); see npm run ftgo -- --help`],
    ['apps/cli/src/main.ts', ['new', 'service'], `missing required argument 'NAME'; see npm run ftgo -- new --help`],
    ['apps/consumer-service/src/migrate.ts', ['--unknown'], `consumer-service: unknown argument '--unknown'; usage: migrate.js [--wait]`],
  ])('of %s are reported in one line, with what to do and exit code 2: %j', { timeout: 60_000 }, async (program, args, line) => {
    const { code, stdout, stderr } = await run(program, args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(line)]);
  });
});
