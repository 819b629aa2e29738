import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@ftgo/runner/workspace';

const guide = 'docs/guides/add-a-service.md';

/** The part of the guide about deployment files, by its number there. */
function partOfGuide(): string {
  const parts = readFileSync(join(repository, guide), 'utf8').split(/^## (?=\d+\. )/m);
  const [number] = parts.flatMap((part) => (part.includes('docker-compose.yml') ? [Number.parseInt(part, 10)] : []));
  return number === undefined ? guide : `part ${number} of ${guide}`;
}

/** What a deployment file should contain for an app. If it is missing, the error names the part of the guide that describes how to add it. */
export function declared<T>(value: T | undefined, missing: string): T {
  if (value === undefined) throw new Error(`${missing}: see ${partOfGuide()}`);
  return value;
}

/** Requires an entry of a deployment file for each app: pairs of the app's name and the entry. */
export function demandEach<T>(file: string, found: readonly T[], entries: ReadonlyArray<readonly [app: string, entry: T]>): void {
  for (const [app, entry] of entries) {
    const what = entry === app ? app : `${String(entry)} for ${app}`;
    declared(found.includes(entry) ? entry : undefined, `${file} has no ${what}`);
  }
}
