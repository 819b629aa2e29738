import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fromSource, repository } from '@ftgo/runner/workspace';
import { whyWithoutHistory } from '../definitions/baseline.js';

/** A check that passes or fails as a whole and counts as one test. */
export interface Check {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Why it is skipped in this environment. */
  readonly skipped?: string;
}

const bin = (name: string) => join(repository, 'node_modules', '.bin', name);

/** The checks that `npm test` runs in addition to the tests. */
export function checks(): Check[] {
  const noGit = existsSync(join(repository, '.git')) ? {} : { skipped: 'not a git checkout' };
  const whyNoHistory = whyWithoutHistory(repository);
  const noHistory = whyNoHistory === undefined ? {} : { skipped: whyNoHistory };
  const noProto = existsSync(join(repository, 'proto')) ? {} : { skipped: 'no proto/ folder' };
  return [
    { name: 'format', command: bin('biome'), args: ['check', '--colors=off', '.'] },
    { name: 'boundaries', command: bin('node'), args: [...fromSource, join('tools', 'boundaries', 'main.ts')] },
    { name: 'wording', command: bin('node'), args: [...fromSource, join('tools', 'wording', 'main.ts')], ...noGit },
    { name: 'secrets', command: bin('node'), args: [...fromSource, join('tools', 'supply-chain', 'secrets-main.ts')], ...noGit },
    { name: 'proto lint', command: bin('buf'), args: ['lint'], ...noProto },
    { name: 'API compatibility', command: bin('node'), args: [...fromSource, join('tools', 'definitions', 'main.ts')], ...noProto },
    { name: 'API baseline', command: bin('node'), args: [...fromSource, join('tools', 'definitions', 'baseline-main.ts')], ...noHistory },
    { name: 'lint', command: bin('oxlint'), args: ['--type-aware', '--deny-warnings', 'apps', 'libs', 'tools', 'benchmarks'] },
    // All projects as one program: alone, each would check again the sources that it imports.
    { name: 'types', command: bin('node'), args: [join('node_modules', 'typescript-native', 'bin', 'tsc'), '-p', 'tsconfig.json'] },
  ];
}
