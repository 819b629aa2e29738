import { setTimeout as pause } from 'node:timers/promises';
import { PgClient, pgKeepAlive } from '@ftgo/messaging';
import { DataSource, type Migration, type MigrationInterface } from 'typeorm';
import { isNotSetUp, isUnavailable } from './dependency-unavailable.js';

/** Any number that all services agree on: the lock is per database. */
const migrationLock = 4_703_461;
const answerMs = 10_000;
/** How often the lock is asked for, and whether it is still there while migrations run. */
const lookMs = 200;
const waits = { connectionTimeoutMillis: 3_000, query_timeout: answerMs, ...pgKeepAlive };

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
    await locked(guard, name, print);
    const source = new DataSource({
      type: 'postgres',
      url,
      migrations: [...migrations],
      installExtensions: false,
      migrationsTransactionMode: 'each',
      // A migration takes as long as it takes: no time-out for its statements.
      extra: { ...waits, query_timeout: undefined, Client: PgClient },
    });
    const applied = await whileHeld(guard, migrated(source));
    for (const migration of applied) print(`${name}: applied ${migration.name}`);
    if (applied.length === 0) print(`${name}: up to date`);
  } finally {
    await guard.end();
  }
}

/** Asks again and again: a query that waits for the lock would wait for ever on a connection that has fallen silent. */
async function locked(guard: PgClient, name: string, print: (line: string) => void): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { rows } = await guard.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [migrationLock]);
    if (rows[0]?.mine) return;
    if (tries % 50 === 0) print(`${name}: waiting for another migration to end`);
    await pause(lookMs);
  }
}

/** What `work` resolves to; rejects when the connection that holds the lock is lost, since another migration may begin then. */
async function whileHeld<Result>(guard: PgClient, work: Promise<Result>): Promise<Result> {
  const lost = Promise.withResolvers<never>();
  const look = setInterval(() => void guard.query('SELECT 1').catch(lost.reject), lookMs);
  try {
    return await Promise.race([work, lost.promise]);
  } finally {
    clearInterval(look);
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

async function connected(url: string, name: string, print: (line: string) => void, patienceMs: number): Promise<PgClient> {
  const until = performance.now() + patienceMs;
  for (let tries = 0; ; tries++) {
    const client = new PgClient({ connectionString: url, ...waits });
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
