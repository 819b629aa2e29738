import type { Pool, PoolClient } from 'pg';
import { type Rows, type Session, type SessionSource, type Statement, TransactionAborted } from './session.js';

class PgSession implements Session {
  constructor(
    private readonly client: PoolClient,
    private readonly isPooled: boolean,
  ) {
    client.on('error', ignore);
  }

  async begin(): Promise<void> {
    await this.client.query('BEGIN');
  }

  async commit(): Promise<void> {
    const { command } = await this.client.query('COMMIT');
    if (command !== 'COMMIT') throw new TransactionAborted();
  }

  async rollback(): Promise<void> {
    await this.client.query('ROLLBACK');
  }

  query<Row>(statement: Statement): Promise<Rows<Row>> {
    return queryWith(this.client, statement, this.isPooled);
  }

  release(broken?: Error): void {
    this.client.off('error', ignore);
    this.client.release(broken);
  }
}

/** The next statement reports a lost connection; without a listener, the event would end the process. */
const ignore = (): void => undefined;

/**
 * Runs a statement on a pg client; shared by every session based on pg. With `isPooled` the statement is not prepared: a pooler
 * shares the server's connections, and another client may have prepared a statement with the same name, or this one is missing.
 */
export async function queryWith<Row>(client: Pick<PoolClient, 'query'>, statement: Statement, isPooled = false): Promise<Rows<Row>> {
  const { name, text, values } = statement;
  const result = await client.query({ text, ...(name === undefined || isPooled ? {} : { name }), values: values as unknown[] | undefined });
  return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0 };
}

/**
 * Sessions from a plain pg pool, for applications without an ORM. Create it with `pipeline: true`: statements are sent without
 * waiting for earlier ones.
 */
export class PgSessions implements SessionSource {
  /** @param isPooled whether PgBouncer or another pooler is between the pool and PostgreSQL, in transaction mode */
  constructor(
    private readonly pool: Pool,
    private readonly isPooled = false,
  ) {}

  async acquire(): Promise<Session> {
    return new PgSession(await this.pool.connect(), this.isPooled);
  }
}
