/** A statement; a name makes it a prepared one. */
export interface Statement {
  readonly text: string;
  readonly name?: string;
  readonly values?: readonly unknown[];
}

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
  /** Gives the connection back; with an error it is closed instead. */
  release(broken?: Error): void;
}

/** What a statement that failed leaves behind: Postgres would answer COMMIT with a silent ROLLBACK. */
export class TransactionAborted extends Error {
  constructor() {
    super(
      'the transaction cannot commit: one of its statements failed and the error was swallowed; use a savepoint for work that may fail',
    );
    this.name = 'TransactionAborted';
  }
}

/** Where sessions come from: a pg pool here, TypeORM's DataSource in a service. */
export interface SessionSource {
  acquire(): Promise<Session>;
}
