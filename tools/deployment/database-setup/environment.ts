import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secrets } from './secrets.js';

/** The address of Postgres for programs in the same network. */
export const address = process.env['FTGO_POSTGRES_ADDRESS'] ?? 'postgres:5432';

export const folder = process.env['FTGO_SECRETS_FOLDER'] ?? '/secrets';

/** Whether the system requires access tokens and credentials for Kafka. */
export const isSecure = process.env['FTGO_SECURITY'] === 'on';
/** Whether the relay polls every outbox: then its role may not replicate. */
export const isPolled = process.env['FTGO_RELAY_SOURCE'] === 'polling';

/** The secrets of the databases. */
export const secrets = new Secrets(folder);

/** The database of each app that has one, from its package.json. */
export function databases(apps = join(import.meta.dirname, '..', '..', '..', 'apps')): Map<string, string> {
  const manifests = readdirSync(apps).filter((app) => existsSync(join(apps, app, 'package.json')));
  return new Map(manifests.toSorted().flatMap((app) => databaseOf(join(apps, app, 'package.json')).map((name) => [app, name] as const)));
}

function databaseOf(manifest: string): string[] {
  const { ftgo } = JSON.parse(readFileSync(manifest, 'utf8')) as { ftgo?: { database?: string } };
  return ftgo?.database ? [ftgo.database] : [];
}
