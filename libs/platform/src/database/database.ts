import { type Session, Transactions } from '@ftgo/messaging';
import type { DataSource, EntityManager } from 'typeorm';
import { TypeOrmSession } from './typeorm-sessions.js';

/**
 * The service's database as repositories and queries see it: inside `Transactions.run` every call joins the ambient
 * transaction.
 */
export class Database {
  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
  ) {}

  /** The manager of the ambient transaction; outside of one, a manager that commits each call separately (for reads). */
  get manager(): EntityManager {
    const open = this.transactions.open;
    return open ? managerOf(open.session) : this.dataSource.manager;
  }

  /** Plain SQL in the ambient transaction, or in autocommit mode outside of one. Returns int8 columns as numbers. */
  async query<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const open = this.transactions.open;
    if (open) return (await open.query<Row>({ text, values })).rows;
    const runner = this.dataSource.createQueryRunner();
    try {
      const result = await runner.query(text, [...values], true);
      return result.records as Row[];
    } finally {
      await runner.release();
    }
  }
}

function managerOf(session: Session): EntityManager {
  if (session instanceof TypeOrmSession) return session.manager;
  throw new Error('invalid ambient transaction: it was not opened by DatabaseModule');
}
