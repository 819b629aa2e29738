import { queryWith, type Rows, type Session, type SessionSource, type Statement, TransactionAborted } from '@ftgo/messaging';
import type { PoolClient } from 'pg';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { sessionSettings } from './data-source.js';

export { TransactionAborted };

const limits = Object.entries(sessionSettings)
  .map(([setting, ms]) => `SET LOCAL ${setting} = ${ms}`)
  .join('; ');

/** A TypeORM transaction. Its manager joins it: `save` finds the transaction open and does not begin another one. */
export class TypeOrmSession implements Session {
  constructor(
    private readonly runner: QueryRunner,
    private readonly client: PoolClient,
    private readonly isPooled: boolean,
  ) {}

  private hasEnded = false;

  get manager(): EntityManager {
    return this.runner.manager;
  }

  async begin(): Promise<void> {
    await this.runner.startTransaction();
    // Sent without waiting for the result: after a failed statement every later one fails too.
    if (this.isPooled) this.client.query(limits).catch(() => undefined);
  }

  /** Not through the query runner, which hides Postgres's result. */
  async commit(): Promise<void> {
    const { command } = await this.client.query('COMMIT');
    this.hasEnded = true;
    if (command !== 'COMMIT') throw new TransactionAborted();
  }

  async rollback(): Promise<void> {
    if (!this.hasEnded) await this.client.query('ROLLBACK');
  }

  /**
   * Uses the pg client directly, so that named statements are prepared once per connection, unless a pooler shares the
   * connections.
   */
  query<Row>(statement: Statement): Promise<Rows<Row>> {
    return queryWith<Row>(this.client, statement, this.isPooled);
  }

  release(broken?: Error): void {
    if (this.runner.isReleased) return;
    const runner = this.runner as unknown as { releasePostgresConnection(error?: Error): Promise<void> };
    void runner.releasePostgresConnection(broken);
  }
}

/** Sessions from TypeORM's pool, so that messaging and the ORM share one transaction. */
export class TypeOrmSessions implements SessionSource {
  constructor(
    private readonly dataSource: DataSource,
    private readonly isPooled = false,
  ) {}

  async acquire(): Promise<Session> {
    const runner = this.dataSource.createQueryRunner();
    return new TypeOrmSession(runner, await runner.connect(), this.isPooled);
  }
}
