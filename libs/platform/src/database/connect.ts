import { setTimeout as pause } from 'node:timers/promises';
import { databaseProblem, inspectPostgres, PgClient, type PostgresServer, pgKeepAlive } from '@ftgo/messaging/postgres';
import { isUnavailable } from '../errors/dependency-unavailable.js';

/** The database was unusable until the time limit; the message states why and what to do. */
export class DatabaseUnusable extends Error {
  constructor(problem: string, options: ErrorOptions) {
    super(`cannot use the database: ${problem}`, options);
    this.name = 'DatabaseUnusable';
  }
}

export interface ConnectOptions {
  readonly patienceMs: number;
  /** Called before each further attempt with the problem. */
  readonly onWaiting: (problem: string) => void;
}

const pauseMs = 300;
const waits = { connectionTimeoutMillis: 3_000, query_timeout: 10_000, ...pgKeepAlive };

/**
 * Connects to a database that may be starting or not created yet, and checks what kind of server it is. Rejects with
 * UnsupportedPostgres immediately, and with DatabaseUnusable at the time limit.
 */
export async function connect(
  url: string,
  { patienceMs, onWaiting }: ConnectOptions,
): Promise<{ client: PgClient; server: PostgresServer }> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const client = new PgClient({ connectionString: url, ...waits });
    client.on('error', () => {});
    try {
      await client.connect();
      return { client, server: await inspectPostgres(client) };
    } catch (error) {
      await client.end().catch(() => {});
      if (!isUnavailable(error)) throw error;
      const problem = databaseProblem(error, url);
      if (performance.now() > until) throw new DatabaseUnusable(problem, { cause: error });
      onWaiting(problem);
      await pause(pauseMs);
    }
  }
}
