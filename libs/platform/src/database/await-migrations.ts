import { setTimeout as pause } from 'node:timers/promises';
import { databaseOf, databaseProblem, inspectPostgres, PgClient } from '@ftgo/messaging/postgres';
import type { MigrationInterface } from 'typeorm';
import { isUnavailable } from '../errors/dependency-unavailable.js';
import type { MigrationOptions } from './run-migrations.js';

const undefinedTable = '42P01';

/**
 * Waits until another process has applied all of these migrations; for a process that must not start before. Newer migrations
 * are ignored. Rejects with the names of the missing ones at the time limit (ten minutes by default).
 */
export async function awaitMigrations(
  url: string,
  migrations: ReadonlyArray<new () => MigrationInterface>,
  { patienceMs = 600_000, print = (line: string) => console.log(line) }: MigrationOptions = {},
): Promise<void> {
  const name = databaseOf(url);
  const until = performance.now() + patienceMs;
  for (let tries = 0; ; tries++) {
    const missing = await missingFrom(url, migrations);
    if (missing === 'nothing') return print(`${name}: up to date`);
    if (performance.now() > until) throw new Error(`${name}: ${missing}; check why the migration has not run`);
    if (tries % 20 === 0) print(`${name}: waiting (${missing})`);
    await pause(500);
  }
}

async function missingFrom(url: string, migrations: ReadonlyArray<new () => MigrationInterface>): Promise<string> {
  const client = new PgClient({ connectionString: url, connectionTimeoutMillis: 3_000, query_timeout: 10_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await inspectPostgres(client);
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
    const missing = migrations.filter((migration) => !rows.some(({ name }) => name === migration.name));
    return missing.length === 0 ? 'nothing' : `not applied yet: ${missing.map(({ name }) => name).join(', ')}`;
  } catch (error) {
    if ((error as { code?: unknown }).code === undefinedTable) return 'no migration applied yet';
    if (!isUnavailable(error)) throw error;
    return `cannot use the database: ${databaseProblem(error, url)}`;
  } finally {
    await client.end().catch(() => {});
  }
}
