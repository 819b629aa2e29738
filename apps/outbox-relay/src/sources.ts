import { databaseOf } from '@ftgo/messaging/postgres';
import type { SourceKind } from '@ftgo/outbox-relay';
import { ConfigError } from '@ftgo/platform/config';
import { z } from 'zod';

/** One source for every database, or a source per database; the others are read from the log. */
export type Sources = SourceKind | ReadonlyMap<string, SourceKind>;

const kind = z.enum(['wal', 'polling']);

/** `wal`, `polling`, or `order=polling,kitchen=wal`. */
export const sources = z.string().transform((text, context): Sources => {
  const { data: all } = kind.safeParse(text.trim());
  if (all) return all;
  const byName = new Map<string, SourceKind>();
  for (const pair of text.split(',').map((each) => each.trim())) {
    const [name = '', source = ''] = pair.split('=', 2).map((part) => part.trim());
    const { data } = kind.safeParse(source);
    if (name === '' || !data) {
      context.addIssue({ code: 'custom', message: `invalid source '${pair}': expected wal, polling, or pairs such as order=polling` });
      return z.NEVER;
    }
    byName.set(name, data);
  }
  return byName;
});

const namesOf = (database: string): string[] => [database, database.replace(/^ftgo_/, '')];

/** Where the rows of a database are read from. */
export function sourceOf(database: string, declared: Sources): SourceKind {
  if (typeof declared === 'string') return declared;
  const name = namesOf(database).find((each) => declared.has(each));
  return (name !== undefined && declared.get(name)) || 'wal';
}

/** Throws ConfigError for names that are not in FTGO_RELAY_DATABASE_URLS. */
export function demandDatabases(urls: readonly string[], declared: Sources): void {
  if (typeof declared === 'string') return;
  const known = urls.map(databaseOf).flatMap(namesOf);
  const unknown = [...declared.keys()].filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new ConfigError(unknown.map((name) => `FTGO_RELAY_SOURCE names '${name}', which is not in FTGO_RELAY_DATABASE_URLS`));
}
