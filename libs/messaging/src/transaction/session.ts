/** A statement; a name makes it a prepared one. */
export interface Statement {
  readonly text: string;
  readonly name?: string;
  readonly values?: readonly unknown[];
}

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

/** Where sessions come from: a pg pool here, TypeORM's DataSource in a service. */
export interface SessionSource {
  acquire(): Promise<Session>;
}
