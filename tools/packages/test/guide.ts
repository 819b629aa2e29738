import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

/** A project that the guide describes. */
export interface QuickStart {
  readonly title: string;
  /** Content of each file, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** The arguments of `npm install`: paths of tarballs and names of packages. */
  readonly installed: readonly string[];
  /** The last shell line, which runs the project. */
  readonly command: string;
  /** The output that the guide shows. */
  readonly output: string;
}

/** The sections of docs/guides/use-messaging-elsewhere.md that describe a project: those whose shell lines install something. */
export function quickStarts(): QuickStart[] {
  const guide = readFileSync(join(repository, 'docs', 'guides', 'use-messaging-elsewhere.md'), 'utf8');
  const sections = guide.split(/^## /m).slice(1);
  return sections.map(quickStart).filter(({ installed }) => installed.length > 0);
}

function quickStart(section: string): QuickStart {
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({ language, text }));
  const files = blocks.filter(({ language }) => language !== 'sh').map(({ text }) => [pathOf(text), text] as const);
  const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n'));
  const installed = lines.filter((line) => line.startsWith('npm install ')).flatMap((line) => line.split(' ').slice(2));
  const [command = '', output = ''] = lines.at(-1)?.split(/ +# /) ?? [];
  return {
    title: section.slice(0, section.indexOf('\n')),
    files: new Map(files),
    installed: installed.filter((word) => !word.startsWith('--')),
    command,
    output,
  };
}

/** The first line of a file is a comment with its path. */
const pathOf = (text: string): string => text.slice('// '.length, text.indexOf('\n'));

/** The package that an argument of `npm install` refers to: by name or by tarball. */
export function packageOf(word: string, tarballs: ReadonlyMap<string, string>): string {
  if (!word.endsWith('.tgz')) return word;
  const found = [...tarballs].find(([, path]) => basename(path) === basename(word));
  if (!found) throw new Error(`the guide installs ${word}, but no such package is packed`);
  return found[0];
}
