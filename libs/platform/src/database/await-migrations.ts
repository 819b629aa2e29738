import { setTimeout as pause } from 'node:timers/promises';
import { databaseOf, databaseProblem, inspectPostgres, PgClient } from '@ftgo/messaging/postgres';
import type { MigrationInterface } from 'typeorm';
import { isUnavailable } from '../errors/dependency-unavailable.js';
import type { MigrationOptions } from './run-migrations.js';

const undefinedTable = '42P01';

/**
 * Waits until somebody else has applied all of these migrations, for a process that must not start before. Newer ones than
 * these do not matter. Rejects, naming what is missing, when patience (ten minutes) ends.
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
    if (performance.now() > until) throw new Error(`${name}: ${missing}; see why its migration has not run`);
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
    if ((error as { code?: unknown }).code === undefinedTable) return 'no migration was applied yet';
    if (!isUnavailable(error)) throw error;
    return `no answer: ${databaseProblem(error, url)}`;
  } finally {
    await client.end().catch(() => {});
  }
}
