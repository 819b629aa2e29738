import { BrokerUnavailable } from '@ftgo/messaging/broker';
import { databaseProblem, inspectPostgres, PgClient, pgKeepAlive, socketOf } from '@ftgo/messaging/postgres';
import { DatabaseError, type Notification } from 'pg';
import { ensureSchema } from './schema.js';

/** A statement that is prepared once per connection. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Row = readonly unknown[];
export type Query = (statement: Statement, values?: readonly unknown[]) => Promise<Row[]>;

export interface ConnectionOptions {
  readonly url: string;
  readonly applicationName: string;
  /** Server settings, as `name=value`. */
  readonly settings?: readonly string[];
  readonly onNotification?: (payload: string) => void;
  /** An open connection was lost. */
  readonly onLost?: () => void;
}

/** The channel in which publishers announce new records, and groups their changes. */
export const notificationChannel = 'broker';

const connectWithinMs = 3_000;
const serverAnswersWithinMs = 8_000;
/** A process that stops within a transaction must not hold the row of its group for longer than a lease. */
const idleInTransactionMs = 3_000;
/** Longer than the server's own limit, so that it is reached only if the server is silent. */
const answerWithinMs = 10_000;

/**
 * Records are found by the primary key, whatever the statistics of a recently filled table say: any other plan reads more of
 * the table the longer it is. So one plan also fits all values.
 */
const plans = [
  'enable_seqscan=off',
  'enable_bitmapscan=off',
  'enable_hashjoin=off',
  'enable_mergejoin=off',
  'jit=off',
  'plan_cache_mode=force_generic_plan',
];
const limits = [
  `statement_timeout=${serverAnswersWithinMs}`,
  `lock_timeout=${serverAnswersWithinMs}`,
  `idle_in_transaction_session_timeout=${idleInTransactionMs}`,
];

const noDataFound = 'P0002';

/** A known topic no longer exists. */
export const isNoDataFound = (error: unknown): boolean => error instanceof DatabaseError && error.code === noDataFound;

/** A connection that is opened on demand, and reopened after a loss. Every wait for it ends. */
export class Connection {
  private opening: Promise<PgClient> | undefined;
  private client: PgClient | undefined;
  private closed = false;

  constructor(private readonly options: ConnectionOptions) {}

  /** Rejects with BrokerUnavailable, or with the server's own error if `isNoDataFound`. */
  async query(statement: Statement, values: readonly unknown[] = []): Promise<Row[]> {
    const client = await this.open();
    return this.ask(client, statement, values);
  }

  /** Several statements as one transaction. No one else may use the connection meanwhile. */
  async transaction<Result>(work: (query: Query) => Promise<Result>): Promise<Result> {
    const client = await this.open();
    const query: Query = (statement, values = []) => this.ask(client, statement, values);
    await query(begin);
    try {
      const result = await work(query);
      await query(commit);
      return result;
    } catch (error) {
      // The server rolls back the transaction of a lost connection.
      this.lose(client);
      throw error;
    }
  }

  /** Sends without waiting. Lost notifications are made up for by polling. */
  notify(payload: string): void {
    const { client } = this;
    if (client) this.ask(client, notification, [notificationChannel, payload]).catch(() => undefined);
  }

  /** Resolves when it is connected; rejects with BrokerUnavailable. */
  async connect(): Promise<void> {
    await this.open();
  }

  /** Abandons the current statement; the next one uses a new connection. */
  abandon(): void {
    if (this.client) this.lose(this.client);
  }

  async close(): Promise<void> {
    this.closed = true;
    const { client } = this;
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private open(): Promise<PgClient> {
    if (this.closed) return Promise.reject(new BrokerUnavailable('the broker is closed'));
    if (this.client) return Promise.resolve(this.client);
    this.opening ??= this.begin().finally(() => {
      this.opening = undefined;
    });
    return this.opening;
  }

  private async begin(): Promise<PgClient> {
    const client = this.newClient();
    client.on('error', () => this.lose(client));
    client.on('end', () => this.lose(client));
    client.on('notification', ({ payload }: Notification) => this.options.onNotification?.(payload ?? ''));
    try {
      await client.connect();
      await inspectPostgres(client);
      await ensureSchema(client);
      if (this.options.onNotification) await client.query(`LISTEN ${notificationChannel}`);
    } catch (error) {
      client.end().catch(() => undefined);
      throw this.unavailable(error);
    }
    if (this.closed) {
      client.end().catch(() => undefined);
      throw new BrokerUnavailable('the broker is closed');
    }
    this.client = client;
    return client;
  }

  private newClient(): PgClient {
    const { url, applicationName, settings = [] } = this.options;
    return new PgClient({
      connectionString: url,
      application_name: applicationName,
      options: [...plans, ...limits, ...settings].map((setting) => `-c ${setting}`).join(' '),
      connectionTimeoutMillis: connectWithinMs,
      query_timeout: answerWithinMs,
      ...pgKeepAlive,
    });
  }

  private async ask(client: PgClient, { name, text }: Statement, values: readonly unknown[]): Promise<Row[]> {
    try {
      const { rows } = await client.query<unknown[]>({ name, text, values: [...values], rowMode: 'array' });
      return rows;
    } catch (error) {
      if (isNoDataFound(error)) throw error;
      this.lose(client);
      throw this.unavailable(error);
    }
  }

  /** A late result could be taken for that of the next statement, so the connection is not used again. */
  private lose(client: PgClient): void {
    if (this.client === client) {
      this.client = undefined;
      this.options.onLost?.();
    }
    socketOf(client).destroy();
  }

  private unavailable(error: unknown): BrokerUnavailable {
    if (error instanceof BrokerUnavailable) return error;
    return new BrokerUnavailable(databaseProblem(error, this.options.url), { cause: error });
  }
}

const begin: Statement = { name: 'begin', text: 'BEGIN' };
const commit: Statement = { name: 'commit', text: 'COMMIT' };
const notification: Statement = { name: 'notify', text: 'SELECT pg_notify($1, $2)' };
