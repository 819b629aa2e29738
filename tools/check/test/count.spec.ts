import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';
import { count, type Report, runTests } from '../run-tests.js';

const file = (results: Partial<Report['testResults'][number]>): Report['testResults'][number] => ({
  name: join(repository, 'libs/kernel/src/money.spec.ts'),
  status: 'passed',
  assertionResults: [],
  ...results,
});

const test = (status: string, fullName = 'Money adds', failureMessages: string[] = []) => ({ status, fullName, failureMessages });

describe('the summary of the tests', () => {
  it('counts passed tests, but not skipped ones', () => {
    const report = { testResults: [file({ assertionResults: [test('passed'), test('passed'), test('skipped'), test('todo')] })] };
    expect(count(report)).toEqual({ passed: 2, skipped: 2, failures: [] });
  });

  it('reports a failed test with the first line of its error', () => {
    const failed = test('failed', 'Money rejects a float', ['Error: 0.1 was accepted\n    at money.ts:3']);
    const { passed, failures } = count({ testResults: [file({ status: 'failed', assertionResults: [test('passed'), failed] })] });
    expect(passed).toBe(1);
    expect(failures).toEqual(['libs/kernel/src/money.spec.ts: Money rejects a float\n    Error: 0.1 was accepted']);
  });

  it('counts a file that cannot be loaded as failed, although none of its tests ran', () => {
    const { failures } = count({ testResults: [file({ status: 'failed', message: 'Cannot find module ./gone.js' })] });
    expect(failures).toEqual(['libs/kernel/src/money.spec.ts\n    Cannot find module ./gone.js']);
  });
});

describe('npm test -- PATH', () => {
  it('fails without running a test when no spec matches, and names the path', async () => {
    const { passed, failures } = await runTests({ paths: ['libs/kernel', 'nosuch'] });
    expect(passed).toBe(0);
    expect(failures).toEqual(["no spec matches 'nosuch': expected a part of the path of a spec, such as libs/kernel"]);
  });
});
