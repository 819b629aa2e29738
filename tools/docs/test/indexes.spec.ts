import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { expect, it } from 'vitest';

const docs = join(repository, 'docs');
const pagesIn = (pattern: string) => globSync(pattern, { cwd: docs }).toSorted();

it('docs/adr/README.md lists every decision with its title', () => {
  const rows = pagesIn('adr/[0-9]*.md').map((page) => {
    const [, number, title] = /^# (\d+)\. (.*)$/m.exec(readFileSync(join(docs, page), 'utf8')) ?? [];
    return `| ${number} | [${title}](${page.replace('adr/', '')}) |`;
  });
  expect(readFileSync(join(docs, 'adr', 'README.md'), 'utf8').match(/^\| \d.*$/gm)).toEqual(rows);
});

it('docs/README.md lists every page and folder', () => {
  const index = readFileSync(join(docs, 'README.md'), 'utf8');
  const pages = [...pagesIn('*.md'), ...pagesIn('guides/*.md'), ...pagesIn('*/README.md')].filter((page) => page !== 'README.md');
  expect(pages.filter((page) => !index.includes(`(${page})`))).toEqual([]);
});
