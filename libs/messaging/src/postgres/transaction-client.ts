import { type ClientConfig, type Connection, Query, type QueryConfig, type QueryResult } from 'pg';
import { PgClient, socketOf } from './pg-client.js';
import type { Statement } from './statement.js';

/**
 * A client that sends statements whose results are not needed together with the next one: one write, one response. The server
 * skips the rest of them after an error, so a statement that was sent behind BEGIN never runs outside of the transaction.
 */
export class TransactionClient extends PgClient {
  private readonly postponed: Statement[] = [];
  private readonly preparesAll: boolean;
  private isCorked = false;

  /** @param config with `preparesAll`, statements without a name are prepared too, each text once per connection */
  constructor(config: ClientConfig & { readonly preparesAll?: boolean } = {}) {
    super(config);
    this.preparesAll = config.preparesAll ?? false;
  }

  /** Sends a statement together with the next one, whose error may be that of this statement. It must not return rows. */
  postpone(statement: Statement): void {
    this.postponed.push(this.preparesAll ? withName(statement) : statement);
  }

  /** Forgets a statement that was not sent yet; false if it was sent. */
  withdraw(text: string): boolean {
    if (this.postponed.at(-1)?.text !== text) return false;
    this.postponed.pop();
    return true;
  }

  /** Forgets all statements that were not sent yet. */
  withdrawAll(): Statement[] {
    return this.postponed.splice(0);
  }

  override query(...args: unknown[]): never {
    const statement = args.length < 3 ? statementOf(args[0], args[1]) : undefined;
    if (!statement) return super.query(...(args as [string])) as never;
    const named = this.preparesAll ? withName(statement) : statement;
    this.writeTogether();
    if (this.postponed.length === 0) return super.query(named as QueryConfig) as never;
    return this.together(this.withdrawAll(), named) as never;
  }

  /** Statements that are sent before the program waits leave in one write. */
  private writeTogether(): void {
    if (this.isCorked) return;
    this.isCorked = true;
    const socket = socketOf(this);
    socket.cork();
    process.nextTick(() => {
      this.isCorked = false;
      socket.uncork();
    });
  }

  private together(earlier: readonly Statement[], last: Statement): Promise<QueryResult> {
    return new Promise<QueryResult>((resolve, reject) => {
      const done = (error: Error | undefined, result: unknown) => (error ? reject(error) : resolve(result as QueryResult));
      void super.query(new Statements(earlier, last, done));
    }).catch((error: Error) => {
      // The caller's stack, as for a single statement.
      Error.captureStackTrace(error);
      throw error;
    });
  }
}

/** Undefined for a call that is not a plain statement with a promise. */
function statementOf(config: unknown, values: unknown): Statement | undefined {
  if (typeof values === 'function') return undefined;
  if (typeof config === 'string') return { text: config, ...(values === undefined ? {} : { values: values as unknown[] }) };
  return typeof config === 'object' && config !== null && !('submit' in config) ? (config as Statement) : undefined;
}

/** Texts with values come from the code, not from users; a program with more of them than this builds them. */
const mostTexts = 500;
const names = new Map<string, string>();

/** Without values, a text may be several statements. */
function withName(statement: Statement): Statement {
  const { name, text, values } = statement;
  if (name !== undefined || !values || values.length === 0) return statement;
  const known = names.get(text);
  if (known === undefined && names.size >= mostTexts) return statement;
  const prepared = known ?? `text-${names.size + 1}`;
  names.set(text, prepared);
  return { ...statement, name: prepared };
}

/** The parts of pg's Query and Connection that are not in its types; pg is pinned. */
interface PgQuery {
  text: string;
  name: string | undefined;
  queryMode: string;
  prepare(connection: PgConnection): void;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, connection: PgConnection): void;
  handleError(error: Error, connection: PgConnection): void;
}

interface PgConnection extends Connection {
  execute(config: object): void;
  readonly submittedNamedStatements: Record<string, string>;
  readonly parsedStatements: Record<string, string>;
}

const QueryInternals = Query as unknown as new (
  config: Statement,
  values?: undefined,
  callback?: (error: Error | undefined, result: unknown) => void,
) => PgQuery;

/** A statement before the last one: it ends without Sync, which would make the server respond. */
class Earlier extends QueryInternals {
  _getRows(connection: PgConnection): void {
    connection.execute({});
  }
}

/** Several statements that pg handles as one query with the result of the last one. */
class Statements extends QueryInternals {
  private readonly names: ReadonlyArray<Pick<PgQuery, 'name' | 'text'>>;
  private readonly earlier: readonly Earlier[];
  private at = 0;

  constructor(earlier: readonly Statement[], last: Statement, callback: (error: Error | undefined, result: unknown) => void) {
    super(last, undefined, callback);
    this.queryMode = 'extended';
    this.earlier = earlier.map((statement) => new Earlier({ ...statement }));
    this.names = [...this.earlier, this].map(({ name, text }) => ({ name, text }));
  }

  override prepare(connection: PgConnection): void {
    for (const statement of this.earlier) statement.prepare(connection);
    super.prepare(connection);
    this.answers(0);
  }

  override handleRowDescription(message: unknown): void {
    if (this.isLast) super.handleRowDescription(message);
  }

  override handleDataRow(message: unknown): void {
    if (this.isLast) super.handleDataRow(message);
  }

  override handleCommandComplete(message: unknown, connection: PgConnection): void {
    if (this.isLast) super.handleCommandComplete(message, connection);
    else this.answers(this.at + 1);
  }

  /** The server has not parsed what follows the failed statement. */
  override handleError(error: Error, connection: PgConnection): void {
    for (const { name } of this.names.slice(this.at)) if (name) delete connection.submittedNamedStatements[name];
    super.handleError(error, connection);
  }

  private get isLast(): boolean {
    return this.at === this.earlier.length;
  }

  /** pg notes by the name of the query which statement the server has parsed. */
  private answers(at: number): void {
    this.at = at;
    Object.assign(this, this.names[at]);
  }
}
