import { existsSync, readFileSync } from 'node:fs';

const folder = new URL('../../../../definitions/', import.meta.url);

/** The text of a file in `definitions/`; undefined if it does not exist, for example where the libraries are used without FTGO. */
export function definition(file: string): string | undefined {
  const url = new URL(file, folder);
  return existsSync(url) ? readFileSync(url, 'utf8') : undefined;
}
