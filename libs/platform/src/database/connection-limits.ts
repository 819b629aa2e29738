import type { Client } from 'pg';

/** A pool is larger than what its role, or the server, may have. The message states which, and what to do. */
export class TooFewConnections extends Error {
  constructor(poolSize: number, limit: string, repair: string) {
    super(`FTGO_DATABASE_POOL_SIZE is ${poolSize}, but ${limit}; set it to a lower number, or ${repair}`);
    this.name = 'TooFewConnections';
  }
}

interface Limits {
  readonly role: string;
  readonly of_role: number;
  readonly of_server: number;
}

/** Throws TooFewConnections if one instance alone could not open its pool. */
export async function demandConnections(client: Client, poolSize: number): Promise<void> {
  const { rows } = await client.query<Limits>(`
    SELECT current_user AS role, rolconnlimit AS of_role,
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
          -- From PostgreSQL 16.
          - coalesce(current_setting('reserved_connections', true)::int, 0) AS of_server
      FROM pg_roles WHERE rolname = current_user`);
  const { role, of_role, of_server } = rows[0] as Limits;
  const unlimited = -1;
  if (of_role !== unlimited && of_role < poolSize) {
    throw new TooFewConnections(
      poolSize,
      `role "${role}" may have ${of_role} ${of_role === 1 ? 'connection' : 'connections'}`,
      `ALTER ROLE "${role}" CONNECTION LIMIT ${poolSize}`,
    );
  }
  if (of_server < poolSize) {
    throw new TooFewConnections(
      poolSize,
      `the server has ${of_server} connections for all roles`,
      'raise max_connections and restart PostgreSQL',
    );
  }
}
