import type { Pool, PoolClient } from 'pg';
import type { Statement } from '../postgres/statement.js';
import { TransactionClient } from '../postgres/transaction-client.js';
import { ClientSession } from './client-session.js';
import { queryWith } from './query-with.js';
import { type Rows, type Session, type SessionSource, TransactionAborted } from './session.js';

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

class PostponingPgSession extends ClientSession {
  constructor(client: TransactionClient & PoolClient, isPooled: boolean) {
    super(client, isPooled);
    client.on('error', ignore);
  }

  release(broken?: Error): void {
    this.client.off('error', ignore);
    (this.client as TransactionClient & PoolClient).release(broken);
  }
}

/**
 * Sessions from a plain pg pool, for applications without an ORM. Create it with `pipeline: true`: statements are sent without
 * waiting for earlier ones; and with `Client: TransactionClient`: BEGIN and COMMIT need no round trips.
 */
export class PgSessions implements SessionSource {
  /** @param isPooled whether PgBouncer or another pooler is between the pool and PostgreSQL, in transaction mode */
  constructor(
    private readonly pool: Pool,
    private readonly isPooled = false,
  ) {}

  async acquire(): Promise<Session> {
    const client = await this.pool.connect();
    return client instanceof TransactionClient ? new PostponingPgSession(client, this.isPooled) : new PgSession(client, this.isPooled);
  }
}
