import { type Session, Transactions } from '@ftgo/messaging';
import type { DataSource, EntityManager, EntityTarget, ObjectLiteral } from 'typeorm';
import { AggregateTable } from './aggregate-table.js';
import { TypeOrmSession } from './typeorm-sessions.js';

/**
 * The service's database as repositories and queries see it: inside `Transactions.run` every call joins the ambient
 * transaction.
 */
export class Database {
  private readonly tables = new Map<unknown, AggregateTable<ObjectLiteral>>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly transactions: Transactions,
  ) {}

  /** The manager of the ambient transaction; outside of one, a manager that commits each call separately (for reads). */
  get manager(): EntityManager {
    const open = this.transactions.open;
    return open ? managerOf(open.session) : this.dataSource.manager;
  }

  /** The rows of an aggregate. */
  table<Aggregate extends ObjectLiteral>(target: EntityTarget<Aggregate>): AggregateTable<Aggregate> {
    const table = this.tables.get(target) ?? new AggregateTable(this.dataSource, target);
    this.tables.set(target, table);
    return table as AggregateTable<Aggregate>;
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
