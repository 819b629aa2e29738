import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Phrase, phrases } from './phrases.js';

/** A phrase found in a text. */
export interface Finding {
  readonly line: number;
  readonly found: string;
  readonly repair: string;
}

/** Generated files, and those that must contain the phrases. */
const exempt = /(?:^|\/)(?:package-lock\.json|gen\/.*|proto\.binpb)$|^tools\/wording\//;

/** A space in a phrase, or a line break with the beginning of a comment or a quotation. */
const gap = String.raw`(?: +|[ \t]*\n[ \t]*(?:\*|//|#|>)?[ \t]*)`;

const spaced = ({ pattern }: Phrase): string => pattern.replaceAll(' ', gap);

// One expression for all phrases: each is a group, whose number is its index.
const anyPhrase = new RegExp(String.raw`(?<![\w/])(?:${phrases.map((phrase) => `(${spaced(phrase)})`).join('|')})(?!\w)`, 'gi');

/** The phrases in a text that are never right. */
export function findPhrases(text: string): Finding[] {
  return [...text.matchAll(anyPhrase)].map((match) => {
    const index = phrases.findIndex((_, i) => match[i + 1] !== undefined);
    const line = text.slice(0, match.index).split('\n').length;
    return { line, found: match[0].replaceAll(/\s+/g, ' ').trim(), repair: phrases[index]?.repair ?? '' };
  });
}

/** Every finding in the tracked text files of a repository, as `file:line: …`. */
export function findingsIn(root: string): string[] {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' }).split('\0');
  return tracked
    .filter((file) => file !== '' && !exempt.test(file))
    .flatMap((file) =>
      findPhrases(textOf(join(root, file))).map(({ line, found, repair }) => `${file}:${line}: "${found}": use ${repair}`),
    );
}

/** Empty for a binary file, and for one that is tracked but deleted. */
function textOf(file: string): string {
  try {
    const text = readFileSync(file, 'utf8');
    return text.includes('\0') ? '' : text;
  } catch {
    return '';
  }
}
