import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { expect, it } from 'vitest';

/** One form of apostrophes and spaces. */
const plain = (text: string) => text.replaceAll("\\'", "'").replaceAll('’', "'").replaceAll(/\s+/g, ' ');

/** The specs, and the suites that several of them share. */
const tests = globSync(['{apps,libs,tools}/**/*spec.ts', 'libs/messaging/src/testing/*.ts', 'libs/testing/src/**/*.ts'], {
  cwd: repository,
  exclude: (path) => path.endsWith('node_modules'),
})
  .map((file) => plain(readFileSync(join(repository, file), 'utf8')))
  .join('\n');

/** The parts of a quoted title: without `›` between describe and it, and without values of a table (`…`, `%s`). */
const partsOf = (title: string) =>
  plain(title)
    .split(/ › |…|%[a-z]/)
    .map((part) => part.trim().replace(/^:|:$/, ''));

const pages = [
  'docs/failures.md',
  'docs/compatibility.md',
  'docs/security.md',
  'libs/messaging/README.md',
  'libs/messaging-postgres/README.md',
  'libs/sagas/README.md',
];

it.each(pages)('%s quotes only existing test titles', (page) => {
  const rows = readFileSync(join(repository, page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const quoted = rows.flatMap((row) => [...row.matchAll(/(?<![*\w])\*([^*|]+)\*(?!\*)/g)].map(([, title = '']) => title));
  expect(quoted.filter((title) => !partsOf(title).every((part) => tests.includes(part)))).toEqual([]);
});
