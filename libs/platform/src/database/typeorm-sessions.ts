import { ClientSession, type Session, type SessionSource, TransactionAborted } from '@ftgo/messaging';
import type { TransactionClient } from '@ftgo/messaging/postgres';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { sessionSettings } from './data-source.js';

export { TransactionAborted };

const limits = Object.entries(sessionSettings).map(([setting, ms]) => `SET LOCAL ${setting} = ${ms}`);

/**
 * A TypeORM transaction. Its manager joins it: `save` finds the transaction open and does not begin another one. Statements of
 * messaging use the pg client directly, so that named ones are prepared once per connection.
 */
export class TypeOrmSession extends ClientSession {
  constructor(
    private readonly runner: QueryRunner,
    client: TransactionClient,
    private readonly isBehindPooler: boolean,
  ) {
    super(client, isBehindPooler);
  }

  get manager(): EntityManager {
    return this.runner.manager;
  }

  /** Not through the query runner, which would wait for each statement. */
  override begin(): Promise<void> {
    Object.assign(this.runner, { isTransactionActive: true, transactionDepth: 1 });
    const begun = super.begin();
    if (this.isBehindPooler) for (const text of limits) this.postpone({ text });
    return begun;
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
    return new TypeOrmSession(runner, (await runner.connect()) as TransactionClient, this.isPooled);
  }
}
