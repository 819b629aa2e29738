import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

/**
 * The blocks of a guide that a reader pastes into a shell. A block that needs a running system is marked as `console` instead of
 * `sh`.
 */
export const blocksOf = (guide: string): string[] =>
  [...readFileSync(join(repository, 'docs', 'guides', `${guide}.md`), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(
    ([, block = '']) => block,
  );
