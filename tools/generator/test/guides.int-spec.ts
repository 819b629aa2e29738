import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { describe, expect, it } from 'vitest';
import { Clone } from './clone.js';

const folder = join(repository, 'docs', 'guides');
const guides = ['add-a-service', 'add-an-event-version', 'add-a-saga-step'];

/** The blocks that a reader pastes into a shell. A block that needs a running system is marked as `console` instead of `sh`. */
const blocksOf = (guide: string): string[] =>
  [...readFileSync(join(folder, `${guide}.md`), 'utf8').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);

/** Options that GNU's programs have and those of macOS lack. */
const gnuOnly = /\bsed -i\b|\breadlink -f\b|\bgrep -\w*P|\bxargs -\w*r|\bcp -\w*[al]|\bdate -d\b|\bstat -c\b/;

describe.each(guides)('docs/guides/%s.md', (guide) => {
  it('contains no commands that only GNU has', () => {
    expect(blocksOf(guide).filter((block) => gnuOnly.test(block))).toEqual([]);
  });

  it('works when pasted from top to bottom', { timeout: 15 * 60_000 }, async () => {
    const clone = new Clone();
    try {
      for (const block of blocksOf(guide)) {
        const { code, output } = await clone.run('sh', ['-e', '-c', block]);
        expect(code, `${block}\n${output}`).toBe(0);
      }
    } finally {
      clone.remove();
    }
  });
});
