import type { ClientBase } from 'pg';

/** The oldest major version that is tested (npm run test:postgres). */
export const oldestPostgres = 15;

/** The server at the other end of a connection. */
export interface PostgresServer {
  /** The value of server_version_num: 180004 is 18.4. */
  readonly version: number;
  /** Whether a pooler, such as PgBouncer, is in between: transactions may run in different sessions of the server. */
  readonly isPooled: boolean;
}

/** The server is too old. A retry cannot help until it is upgraded. */
export class UnsupportedPostgres extends Error {
  constructor(version: string, address: string) {
    super(`PostgreSQL ${version} at ${address} is not supported; use PostgreSQL ${oldestPostgres} or newer`);
    this.name = 'UnsupportedPostgres';
  }
}

/** Inspects the server of an open connection. Throws UnsupportedPostgres. */
export async function inspectPostgres(client: ClientBase): Promise<PostgresServer> {
  const { rows } = await client.query<{ number: number; text: string; pid: number }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text, pg_backend_pid() AS pid`,
  );
  const { number, text, pid } = rows[0] as { number: number; text: string; pid: number };
  // Neither is in pg's types. A pooler gives its clients its own process ids, for cancelling statements.
  const { processID, host, port } = client as ClientBase & { processID: number | null; host: string; port: number };
  if (number < oldestPostgres * 10_000) throw new UnsupportedPostgres(text, `${host}:${port}`);
  return { version: number, isPooled: processID !== pid };
}
