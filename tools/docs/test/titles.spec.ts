import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';
import { expect, it } from 'vitest';

/** One form of apostrophes and spaces. */
const plain = (text: string) => text.replaceAll("\\'", "'").replaceAll('’', "'").replaceAll(/\s+/g, ' ');

const textsOf = (patterns: readonly string[]) =>
  globSync(patterns, { cwd: repository, exclude: (path) => path.endsWith('node_modules') }).map((file) => ({
    name: basename(file),
    text: plain(readFileSync(join(repository, file), 'utf8')),
  }));

const specs = textsOf(['{apps,libs,tools}/**/*spec.ts']);

/** Suites that several specs share: a title may be in one of them, whichever spec is named. */
const suites = textsOf(['libs/messaging/src/testing/*.ts', 'libs/testing/src/**/*.ts', '{apps,libs}/*/test/*.ts']).filter(
  ({ name }) => !name.endsWith('spec.ts'),
);

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

/** Each quoted title with the spec that its row names before it, if any: “the same” is that of an earlier row. */
function quotedTitles(page: string) {
  const rows = readFileSync(join(repository, page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  let spec: string | undefined;
  return rows.flatMap((row) => {
    if (!row.split('|').at(-2)?.trim().startsWith('the same')) spec = undefined;
    return [...row.matchAll(/`(?:[\w./-]*\/)?([\w.-]+spec\.ts)`|(?<![*\w])\*([^*|]+)\*(?!\*)/g)].flatMap(([, name, title]) => {
      if (title !== undefined) return [{ spec, title }];
      spec = name;
      return [];
    });
  });
}

it.each(pages)('%s quotes only titles of the specs that it names', (page) => {
  const isIn = ({ spec, title }: { spec: string | undefined; title: string }) => {
    const named = specs.filter(({ name }) => spec === undefined || name === spec);
    const texts = [...named, ...suites].map(({ text }) => text);
    return partsOf(title).every((part) => texts.some((text) => text.includes(part)));
  };
  expect(quotedTitles(page).filter((quoted) => !isIn(quoted))).toEqual([]);
});
