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
    const counts = await Promise.all(this.names.map((database) => this.countsOf(database)));
    return Object.assign({}, ...counts) as Record<string, number>;
  }

  private async countsOf(database: string): Promise<Record<string, number>> {
    const tables = await this.rows<{ name: string }>(
      database,
      `SELECT c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition`,
    );
    const names = tables.map(({ name }) => name).filter((name) => !ticking.has(name));
    if (names.length === 0) return {};
    // One statement, because each has a connection of its own.
    const each = names.map((name) => `SELECT '${database}.${name}' AS name, count(*)::int AS n FROM "${name}"`);
    const rows = await this.rows<{ name: string; n: number }>(database, each.join(' UNION ALL '));
    return Object.fromEntries(rows.map(({ name, n }) => [name, n]));
  }
}

const ticking = new Set(['relay_checkpoint', 'saga_clock', 'saga_runner', 'migrations']);
