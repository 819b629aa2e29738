import { PgClient } from '@ftgo/messaging/postgres';
import type { RunningSystem } from '@ftgo/testing';
import type { QueryResultRow } from 'pg';

/** Queries the databases of the services as the administrator: for checks, and to plant faults. */
export class Databases {
  constructor(private readonly system: RunningSystem) {}

  get names(): string[] {
    return Object.keys(this.system.databases);
  }

  /** Uses a new connection for each query, so that it works after Postgres was killed. */
  async rows<Row extends QueryResultRow>(database: string, sql: string, values: unknown[] = []): Promise<Row[]> {
    const client = new PgClient({ connectionString: this.system.databases[database], connectionTimeoutMillis: 5_000 });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end().catch(() => {});
    }
  }

  async number(database: string, sql: string, values: unknown[] = []): Promise<number> {
    const [row] = await this.rows<{ n: string }>(database, sql, values);
    return Number(row?.n);
  }

  /** The number of rows of each table, except those that change without messages. */
  async counts(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const database of this.names) {
      const tables = await this.rows<{ name: string }>(
        database,
        `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition`,
      );
      for (const { name } of tables) {
        if (ticking.has(name)) continue;
        counts[`${database}.${name}`] = await this.number(database, `SELECT count(*) AS n FROM "${name}"`);
      }
    }
    return counts;
  }
}

const ticking = new Set(['relay_checkpoint', 'saga_clock', 'saga_runner', 'migrations']);
