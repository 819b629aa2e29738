import type { Transaction } from '@ftgo/messaging';
import type { DataSource, EntityMetadata, EntityTarget, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

/**
 * The rows of an aggregate, mapped by its EntitySchema. TypeORM's `save` reads the row once more to find what has changed, and
 * builds each statement; these are built once and prepared.
 */
export class AggregateTable<Aggregate extends ObjectLiteral> {
  private readonly metadata: EntityMetadata;
  private readonly id: ColumnMetadata;
  private readonly assigned: readonly ColumnMetadata[];
  private readonly others: readonly ColumnMetadata[];
  private readonly table: string;

  constructor(
    private readonly dataSource: DataSource,
    target: EntityTarget<Aggregate>,
  ) {
    this.metadata = dataSource.getMetadata(target);
    const { columns, primaryColumns, tableName } = this.metadata;
    this.id = primaryColumns[0] as ColumnMetadata;
    this.assigned = columns.filter(({ isGenerated }) => !isGenerated);
    this.others = columns.filter(({ isPrimary }) => !isPrimary);
    this.table = tableName;
  }

  /** Locks the row until the transaction ends; undefined if there is none. */
  async lock(transaction: Transaction, id: number): Promise<Aggregate | undefined> {
    const { rows } = await transaction.query({
      name: `${this.table}-lock`,
      text: `SELECT ${listed(this.metadata.columns)} FROM ${this.table} WHERE ${this.id.databaseName} = $1 FOR UPDATE`,
      values: [id],
    });
    return rows[0] && this.aggregateOf(rows[0]);
  }

  /** Inserts a row with a generated id, which the aggregate gets. */
  async insertNew(transaction: Transaction, aggregate: Aggregate): Promise<void> {
    const id = this.id.databaseName;
    const { text, values } = this.insertion(aggregate);
    const { rows } = await transaction.query({ name: `${this.table}-insert-new`, text: `${text} RETURNING ${id}`, values });
    this.id.setEntityValue(aggregate, rows[0]?.[id]);
  }

  /** Inserts a row with the aggregate's own id; fails if that exists. */
  async insert(transaction: Transaction, aggregate: Aggregate): Promise<void> {
    await transaction.query({ name: `${this.table}-insert`, ...this.insertion(aggregate) });
  }

  /** Inserts the row, or replaces one that this transaction has locked. */
  async put(transaction: Transaction, aggregate: Aggregate): Promise<void> {
    const { text, values } = this.insertion(aggregate);
    const replaced = this.others.map(({ databaseName: name }) => `${name} = excluded.${name}`).join(', ');
    const onConflict = `ON CONFLICT (${this.id.databaseName}) DO UPDATE SET ${replaced}`;
    await transaction.query({ name: `${this.table}-put`, text: `${text} ${onConflict}`, values });
  }

  /** Replaces a row that this transaction has locked. */
  async update(transaction: Transaction, aggregate: Aggregate): Promise<void> {
    const changes = this.others.map(({ databaseName }, i) => `${databaseName} = $${i + 2}`).join(', ');
    await transaction.query({
      name: `${this.table}-update`,
      text: `UPDATE ${this.table} SET ${changes} WHERE ${this.id.databaseName} = $1`,
      values: [this.id, ...this.others].map((column) => this.stored(aggregate, column)),
    });
  }

  private insertion(aggregate: Aggregate): { readonly text: string; readonly values: unknown[] } {
    const places = this.assigned.map((_, i) => `$${i + 1}`).join(', ');
    return {
      text: `INSERT INTO ${this.table} (${listed(this.assigned)}) VALUES (${places})`,
      values: this.assigned.map((column) => this.stored(aggregate, column)),
    };
  }

  private stored(aggregate: Aggregate, column: ColumnMetadata): unknown {
    return this.dataSource.driver.preparePersistentValue(column.getEntityValue(aggregate), column) ?? null;
  }

  private aggregateOf(row: Record<string, unknown>): Aggregate {
    const aggregate = this.metadata.create(undefined, { fromDeserializer: true }) as Aggregate;
    for (const column of this.metadata.columns) {
      column.setEntityValue(aggregate, this.dataSource.driver.prepareHydratedValue(row[column.databaseName], column));
    }
    return aggregate;
  }
}

const listed = (columns: readonly ColumnMetadata[]): string => columns.map(({ databaseName }) => databaseName).join(', ');
