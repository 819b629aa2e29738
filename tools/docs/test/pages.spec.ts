import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { expect, it } from 'vitest';

const pages = globSync(['*.md', '{apps,benchmarks,docs,k8s,libs,postman,tools}/**/*.md'], {
  cwd: repository,
  exclude: (path) => path.endsWith('node_modules'),
}).toSorted();

/** Anchors in the format of GitHub. */
const anchorsOf = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

it.each(pages)('%s has no dead links', (page) => {
  const text = readFileSync(join(repository, page), 'utf8').replaceAll(/^```.*?^```/gms, '');
  const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]*)\)/g)].map(([, link = '']) => link);
  const dead = links.filter((link) => {
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? join(repository, page) : join(repository, dirname(page), path);
    return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
  });
  expect(dead).toEqual([]);
});

const specs = new Set(globSync('{apps,libs,tools,benchmarks}/**/*spec.ts', { cwd: repository }).map((file) => basename(file)));

it.each(pages)('%s names only existing specs', (page) => {
  const named = [...readFileSync(join(repository, page), 'utf8').matchAll(/`(?:[\w./-]*\/)?([\w.-]+spec\.ts)`/g)].map(
    ([, name = '']) => name,
  );
  expect(named.filter((name) => !specs.has(name))).toEqual([]);
});

it.each(pages)('%s has only tables whose rows have the cells of their header', (page) => {
  const lines = readFileSync(join(repository, page), 'utf8')
    .replaceAll(/^```.*?^```/gms, '')
    .split('\n');
  const cellsOf = (line = '') => (line.startsWith('|') ? line.replaceAll('\\|', '').split('|').length : 0);
  const differs = (line: string, before: string | undefined) =>
    cellsOf(line) > 0 && cellsOf(before) > 0 && cellsOf(line) !== cellsOf(before);
  expect(lines.filter((line, n) => differs(line, lines[n - 1]))).toEqual([]);
});
