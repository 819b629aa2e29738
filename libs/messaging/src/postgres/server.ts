import type { ClientBase } from 'pg';

/** The oldest major version that is tested (npm run test:postgres). */
export const oldestPostgres = 15;

/** What is at the other end of a connection. */
export interface PostgresServer {
  /** As in server_version_num: 180004 is 18.4. */
  readonly version: number;
  /** Between us and the server is a pooler, such as PgBouncer: transactions may run in different sessions of the server. */
  readonly isPooled: boolean;
}

/** The server is too old. No later try can help until it is upgraded. */
export class UnsupportedPostgres extends Error {
  constructor(version: string, address: string) {
    super(`PostgreSQL ${version} at ${address} is not supported; use PostgreSQL ${oldestPostgres} or newer`);
    this.name = 'UnsupportedPostgres';
  }
}

/** Looks who answers on a connection that is open. Throws UnsupportedPostgres. */
export async function inspectPostgres(client: ClientBase): Promise<PostgresServer> {
  const { rows } = await client.query<{ number: number; text: string; pid: number }>(
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS text, pg_backend_pid() AS pid`,
  );
  const { number, text, pid } = rows[0] as { number: number; text: string; pid: number };
  // Both are not in pg's types. A pooler gives its clients process ids of its own, to cancel statements by.
  const { processID, host, port } = client as ClientBase & { processID: number | null; host: string; port: number };
  if (number < oldestPostgres * 10_000) throw new UnsupportedPostgres(text, `${host}:${port}`);
  return { version: number, isPooled: processID !== pid };
}
