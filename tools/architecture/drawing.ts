import { type Dirent, globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A page of docs/ that is made from the code. */
export interface Drawing {
  /** From the root of the repository. */
  readonly file: string;
  readonly draw: (root: string) => string | Promise<string>;
}

/** The pages that are drawn, and the first words of each: where it comes from, so that nobody edits it. */
export const page = (title: string, about: string, ...rest: readonly string[]): string =>
  [`# ${title}`, '', `${about} Drawn by \`npm run generate\`; \`npm test\` fails when it differs from the code.`, '', ...rest, ''].join(
    '\n',
  );

/** A picture that GitHub shows. */
export const mermaid = (...lines: readonly string[]): readonly string[] => ['```mermaid', ...lines, '```'];

/** All that modules which match the patterns export, in the order of their paths. */
export async function exportsOf(
  root: string,
  ...patterns: readonly string[]
): Promise<Array<{ file: string; name: string; value: unknown }>> {
  const isSpec = ({ name }: Dirent) => name.endsWith('spec.ts');
  const files = globSync(patterns, { cwd: root, withFileTypes: true })
    .filter((entry) => !isSpec(entry))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  const modules = files.map(async (file) => {
    const exported = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
    // Sorted, since loaders differ in the order that they give.
    const entries = Object.entries(exported).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return entries.map(([name, value]) => ({ file: file.slice(root.length + 1), name, value }));
  });
  return (await Promise.all(modules)).flat();
}

/** What people call a service that owns a channel: `ftgo.kitchen.commands` is kitchen-service's. */
export const ownerOf = (topic: string): string => `${topic.split('.')[1]}-service`;
