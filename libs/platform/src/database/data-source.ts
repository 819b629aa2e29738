import { PgClient, pgKeepAlive } from '@ftgo/messaging/postgres';
import pg from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import { SnakeNamingStrategy } from './snake-naming-strategy.js';

export interface DatabaseOptions {
  readonly url: string;
  readonly entities: readonly EntitySchema[];
  readonly poolSize?: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  /** What publishes the outbox; default: our relay. */
  readonly publisher?: 'relay' | 'debezium' | undefined;
  /** Poolers reject connections that ask for settings of their session. */
  readonly isPooled?: boolean;
}

const seconds = 1_000;

/** What the server is asked to do in each session. ADR 0024 has the whole table of time-outs. */
export const sessionSettings = {
  /** Longer than Postgres lets a stopped process hold its locks, so that whoever waits for them gets them. */
  statement_timeout: 12 * seconds,
  /** Frees the locks of a process that was stopped in the middle of a transaction. */
  idle_in_transaction_session_timeout: 10 * seconds,
} as const;

/** How long a connection waits for what, so that nothing hangs when the database does. */
const poolSettings = {
  /** For a connection of the pool, or a new one with its log-in. */
  connectionTimeoutMillis: 3 * seconds,
  /** The server may be unable to time out itself (stopped, cut off): the connection is given up. */
  query_timeout: 14 * seconds,
  ...pgKeepAlive,
  Client: PgClient,
  /** Statements need not wait for the answers of those before: savepoints, and the events of different keys, share round trips. */
  pipeline: true,
} as const;

/** int8 as a number, refusing what a number cannot hold, instead of pg's text; for this pool only. */
const types = {
  getTypeParser(...[oid, format]: Parameters<typeof pg.types.getTypeParser>) {
    return oid === pg.types.builtins.INT8 && format !== 'binary' ? wholeNumber : pg.types.getTypeParser(oid, format);
  },
};

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number: select it as text`);
  return value;
}

/** A DataSource that maps by EntitySchema, never touches the schema and never ends the process when the database goes away. */
export function createDataSource(options: DatabaseOptions, onPoolError: (error: Error) => void): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    entities: [...options.entities],
    applicationName: options.applicationName,
    poolSize: options.poolSize ?? 20,
    // Aggregates check their arguments in static factories; TypeORM would call their constructors without any.
    entitySkipConstructor: true,
    namingStrategy: new SnakeNamingStrategy(),
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolErrorHandler: onPoolError,
    extra: { ...poolSettings, ...(options.isPooled ? {} : sessionSettings), types },
  });
}
