import { describe, expect, it } from 'vitest';
import { blocksOf } from './blocks-of.js';
import { Clone } from './clone.js';

const guides = ['add-a-service', 'add-an-event-version', 'add-a-saga-step'];

/** Options that GNU's programs have and those of macOS lack. */
const gnuOnly = /\bsed -i\b|\breadlink -f\b|\bgrep -\w*P|\bxargs -\w*r|\bcp -\w*[al]|\bdate -d\b|\bstat -c\b/;

it.each([...guides, 'change-a-schema'])('docs/guides/%s.md contains no commands that only GNU has', (guide) => {
  expect(blocksOf(guide).filter((block) => gnuOnly.test(block))).toEqual([]);
});

describe.each(guides)('docs/guides/%s.md', (guide) => {
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
