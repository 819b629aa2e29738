import { setTimeout as pause } from 'node:timers/promises';
import { databaseOf, PgClient, pgKeepAlive } from '@ftgo/messaging/postgres';
import { DataSource, type Migration, type MigrationInterface } from 'typeorm';
import { connect } from './connect.js';

/** An arbitrary number shared by all services; the lock is per database. */
const migrationLock = 4_703_461;
/** How often the lock is tried, and how often its connection is checked while migrations run. */
const pollMs = 200;

export interface MigrationOptions {
  /** How long to wait for a database that is starting. */
  readonly patienceMs?: number;
  readonly print?: (line: string) => void;
}

/**
 * Migrates a database to the newest schema and reports the applied migrations. Waits a limited time for the database, and for
 * another process that is migrating it.
 */
export async function runMigrations(
  url: string,
  migrations: ReadonlyArray<new () => MigrationInterface>,
  options: MigrationOptions = {},
): Promise<void> {
  const print = options.print ?? ((line: string) => console.log(line));
  const name = databaseOf(url);
  let tries = 0;
  const { client: guard } = await connect(url, {
    patienceMs: options.patienceMs ?? 60_000,
    onWaiting: (problem) => tries++ % 10 === 0 && print(`${name}: waiting for the database (${problem})`),
  });
  try {
    await locked(guard, name, print);
    const source = new DataSource({
      type: 'postgres',
      database: name,
      migrations: [...migrations],
      installExtensions: false,
      migrationsTransactionMode: 'each',
      // Silent: the default one would print the error that is thrown.
      logger: 'debug',
      // A migration may take any time, so its statements have no timeout.
      extra: { connectionString: url, connectionTimeoutMillis: 3_000, ...pgKeepAlive, Client: PgClient },
    });
    const applied = await whileHeld(guard, migrated(source));
    for (const migration of applied) print(`${name}: applied ${migration.name}`);
    if (applied.length === 0) print(`${name}: up to date`);
    await guard.query('COMMIT');
  } finally {
    await guard.end();
  }
}

/**
 * Takes the lock and holds it by a transaction: behind a pooler, a session lock would stay with whichever server connection ran
 * the statement. Polls for the lock, because a blocking query would wait forever on a connection that has fallen silent, and
 * would occupy a connection of the pooler.
 */
async function locked(guard: PgClient, name: string, print: (line: string) => void): Promise<void> {
  for (let tries = 0; ; tries++) {
    await guard.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0');
    const { rows } = await guard.query<{ mine: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS mine', [migrationLock]);
    if (rows[0]?.mine) return;
    await guard.query('ROLLBACK');
    if (tries % 50 === 0) print(`${name}: waiting for another process to finish migrating`);
    await pause(pollMs);
  }
}

/**
 * Resolves to the result of `work`; rejects if the connection that holds the lock is lost, since another migration may start
 * then.
 */
async function whileHeld<Result>(guard: PgClient, work: Promise<Result>): Promise<Result> {
  const lost = Promise.withResolvers<never>();
  const timer = setInterval(() => void guard.query('SELECT 1').catch(lost.reject), pollMs);
  try {
    return await Promise.race([work, lost.promise]);
  } finally {
    clearInterval(timer);
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
