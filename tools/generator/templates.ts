import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ejs from 'ejs';
import type { ChangeSet } from './change-set.js';

const folder = join(import.meta.dirname, 'templates');

/** Creates every file of a folder of templates/. `__name__` in a path is replaced by a value, like `<%= name %>` in the text. */
export function renderAll(templates: string, values: object, changes: ChangeSet): void {
  const root = join(folder, templates);
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const file of files.map((entry) => relative(root, join(entry.parentPath, entry.name))).toSorted()) {
    const path = file.replace(/\.ejs$/, '').replaceAll(/__(\w+?)__/g, (_, name: string) => String(values[name as keyof typeof values]));
    changes.create(path, render(join(templates, file), values));
  }
}

export function render(template: string, values: object): string {
  const filename = join(folder, template);
  return ejs.render(readFileSync(filename, 'utf8'), values, { escape: String, filename });
}
