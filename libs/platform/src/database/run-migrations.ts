import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { DataSource, type Migration, type MigrationInterface } from 'typeorm';
import { isNotSetUp, isUnavailable } from './dependency-unavailable.js';

/** Any number that all services agree on: the lock is per database. */
const migrationLock = 4_703_461;

export interface MigrationOptions {
  /** How long to wait for a database that is starting. */
  readonly patienceMs?: number;
  readonly print?: (line: string) => void;
}

/**
 * Brings a database to the newest schema and says what it applied. Waits for the database for a bounded time, and for
 * another migration of the same database to end.
 */
export async function runMigrations(
  url: string,
  migrations: ReadonlyArray<new () => MigrationInterface>,
  options: MigrationOptions = {},
): Promise<void> {
  const print = options.print ?? ((line: string) => console.log(line));
  const name = new URL(url).pathname.slice(1);
  const guard = await connected(url, name, print, options.patienceMs ?? 60_000);
  try {
    await guard.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    const source = new DataSource({
      type: 'postgres',
      url,
      migrations: [...migrations],
      installExtensions: false,
      migrationsTransactionMode: 'each',
    });
    const applied = await migrated(source);
    for (const migration of applied) print(`${name}: applied ${migration.name}`);
    if (applied.length === 0) print(`${name}: up to date`);
  } finally {
    await guard.end();
  }
}

async function migrated(source: DataSource): Promise<Migration[]> {
  await source.initialize();
  try {
    return await source.runMigrations();
  } finally {
    await source.destroy();
  }
}

async function connected(url: string, name: string, print: (line: string) => void, patienceMs: number): Promise<pg.Client> {
  const until = performance.now() + patienceMs;
  for (let tries = 0; ; tries++) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      if (!(isUnavailable(error) || isNotSetUp(error)) || performance.now() > until) throw error;
      if (tries % 10 === 0) print(`${name}: waiting for the database (${(error as Error).message || 'no connection'})`);
      await pause(300);
    }
  }
}
