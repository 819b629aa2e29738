import type { Statement } from '../postgres/statement.js';

/** The result of a statement. */
export interface Rows<Row> {
  readonly rows: Row[];
  readonly rowCount: number;
}

/** One database connection, held for one transaction. */
export interface Session {
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  query<Row = Record<string, unknown>>(statement: Statement): Promise<Rows<Row>>;
  /**
   * Sends a statement whose result is not needed, at the latest together with the next one, whose error may then be that of
   * this statement. Without it, such statements are sent one by one.
   */
  postpone?(statement: Statement): void;
  /** Forgets a postponed statement; false if it was sent, or is not the last one. */
  withdraw?(text: string): boolean;
  /** Returns the connection to the pool; with an error it is closed instead. */
  release(broken?: Error): void;
}

/** The state after a failed statement: Postgres would respond to COMMIT with a silent ROLLBACK. */
export class TransactionAborted extends Error {
  constructor() {
    super('cannot commit: a statement of the transaction failed and its error was swallowed; use a savepoint for work that may fail');
    this.name = 'TransactionAborted';
  }
}

/** The source of sessions: a pg pool here, TypeORM's DataSource in a service. */
export interface SessionSource {
  acquire(): Promise<Session>;
}
