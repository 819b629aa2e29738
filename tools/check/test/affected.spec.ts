import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { affectedFolders } from '../affected.js';

describe('npm test -- --affected', () => {
  let clone: string;
  const git = (...args: string[]) => execFileSync('git', args, { cwd: clone, stdio: 'ignore' });

  beforeAll(() => {
    clone = mkdtempSync(join(tmpdir(), 'ftgo-affected-'));
    git('clone', '--quiet', '--shared', repository, '.');
    // Unlike a folder, a link is not ignored.
    appendFileSync(join(clone, '.git/info/exclude'), 'node_modules\n');
    symlinkSync(join(repository, 'node_modules'), join(clone, 'node_modules'));
  });
  afterAll(() => rmSync(clone, { recursive: true, force: true }));

  it('selects nothing when nothing has changed', () => {
    expect(affectedFolders('HEAD', clone)).toEqual([]);
  });

  it('selects an app that has uncommitted changes, and the specs of the whole system', () => {
    appendFileSync(join(clone, 'apps/consumer-service/src/main.ts'), '// changed\n');
    expect(affectedFolders('HEAD', clone)).toEqual(['apps/consumer-service/', 'apps/e2e/']);
  });

  it('selects the dependents of a lib that has changed', () => {
    appendFileSync(join(clone, 'libs/event-sourcing/src/index.ts'), '// changed\n');
    const affected = affectedFolders('HEAD', clone);
    expect(affected).toEqual(expect.arrayContaining(['apps/accounting-service/', 'libs/event-sourcing/']));
    expect(affected).not.toContain('apps/kitchen-service/');
  });
});
