import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

/** A project that the guide has its readers make. */
export interface QuickStart {
  readonly title: string;
  /** By their paths. */
  readonly files: ReadonlyMap<string, string>;
  /** What `npm install` is to bring: paths of tarballs, and names of packages. */
  readonly installed: readonly string[];
  /** The last line of shell, which runs it. */
  readonly command: string;
  /** What the guide says that it prints. */
  readonly output: string;
}

/** The sections of docs/guides/use-messaging-elsewhere.md that are projects: those whose shell lines install something. */
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

/** The path of a file is the comment in its first line. */
const pathOf = (text: string): string => text.slice('// '.length, text.indexOf('\n'));

/** The package that a word of `npm install` means: its own name, or that of the tarball. */
export function packageOf(word: string, tarballs: ReadonlyMap<string, string>): string {
  if (!word.endsWith('.tgz')) return word;
  const found = [...tarballs].find(([, path]) => basename(path) === basename(word));
  if (!found) throw new Error(`the guide installs ${word}, which is not packed`);
  return found[0];
}
