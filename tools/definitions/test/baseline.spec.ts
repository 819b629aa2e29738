import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { changesOfBaseline, whyWithoutHistory } from '../baseline.js';

let root: string;
let commits = 0;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ftgo-baseline-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  git('init', '--quiet', '--initial-branch=main');
  mkdirSync(join(root, 'definitions/released'), { recursive: true });
  release('1.0.0', 'type Order');
  commit();
});

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com', ...args], { cwd: root, stdio: 'pipe' });

/** With digests that always match, as those of an edited baseline do. */
function release(version: string, schema: string) {
  writeFileSync(join(root, 'definitions/released/schema.graphql'), schema);
  writeFileSync(join(root, 'definitions/released/release.json'), JSON.stringify({ version, files: { 'schema.graphql': schema } }));
}

function commit() {
  git('add', '.');
  git('commit', '--quiet', '--allow-empty', '--message', `${(commits += 1)}`);
}

const changed = () => changesOfBaseline(root).map((fault) => fault.replace(/[0-9a-f]{10}/g, 'COMMIT'));

const restore = 'restore it (git checkout COMMIT -- definitions/released), or release a later version (npm run release-definitions)';
const edited = ['release.json', 'schema.graphql'].map(
  (file) => `definitions/released/${file}: differs from release 1.0.0 in commit COMMIT; ${restore}`,
);

describe('the baseline of the API definitions', () => {
  it('is what was first committed with its version', () => {
    commit();
    expect(changed()).toEqual([]);
  });

  it('is rejected if its files and digests were edited without another version, until they are restored', () => {
    release('1.0.0', 'type Cart');
    expect(changed()).toEqual(edited);
    commit();
    commit();
    expect(changed()).toEqual(edited);
    release('1.0.0', 'type Order');
    expect(changed()).toEqual([]);
  });

  it('is rejected if an edit was merged or rebased', () => {
    git('checkout', '--quiet', '-b', 'edit');
    release('1.0.0', 'type Cart');
    commit();
    git('checkout', '--quiet', 'main');
    commit();
    git('merge', '--quiet', '--no-edit', 'edit');
    expect(changed()).toEqual(edited);
    git('reset', '--quiet', '--hard', 'HEAD^1');
    git('cherry-pick', 'edit');
    expect(changed()).toEqual(edited);
  });

  it('may be replaced by that of a later version, which is then fixed too', () => {
    release('1.1.0', 'type Cart');
    expect(changed()).toEqual([]);
    commit();
    expect(changed()).toEqual([]);
    release('1.1.0', 'type Basket');
    commit();
    expect(changed()).toHaveLength(2);
  });

  it('is rejected if an old version returns with other files', () => {
    release('1.1.0', 'type Cart');
    commit();
    release('1.0.0', 'type Cart');
    commit();
    expect(changed()).toEqual(edited);
  });
});

describe('the history of a folder', () => {
  it('is complete in a clone, and missing in a shallow clone or an archive', () => {
    commit();
    expect(whyWithoutHistory(root)).toBeUndefined();
    const [shallow, archive] = [join(root, 'shallow'), join(root, 'archive')];
    git('clone', '--quiet', '--depth=1', `file://${root}`, shallow);
    expect(whyWithoutHistory(shallow)).toBe('a shallow clone lacks the history');
    cpSync(join(root, 'definitions'), join(archive, 'definitions'), { recursive: true });
    expect(whyWithoutHistory(archive)).toBe('not a git checkout');
  });
});
