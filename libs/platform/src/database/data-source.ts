import type { ContentTypes } from '@ftgo/messaging';
import { databaseOf, isPasswordRejected, pgKeepAlive, TransactionClient } from '@ftgo/messaging/postgres';
import pg from 'pg';
import { DataSource, type EntitySchema } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { SnakeNamingStrategy } from './snake-naming-strategy.js';

export interface DatabaseOptions {
  readonly url: string;
  readonly entities: readonly EntitySchema[];
  /** Default: 20. */
  readonly poolSize?: number | undefined;
  /** Shown in pg_stat_activity. */
  readonly applicationName?: string;
  /** The publisher of the outbox; default: our relay. */
  readonly publisher?: 'relay' | 'debezium' | undefined;
  /** The content types of the topics on which the service sends; default: JSON. */
  readonly contentTypes?: ContentTypes | undefined;
  /** Connection poolers reject connections with session parameters. */
  readonly isPooled?: boolean;
}

const seconds = 1_000;
export const defaultPoolSize = 20;

/** The server's parameters for each session. ADR 0024 has the complete table of timeouts. */
export const sessionSettings = {
  /** Longer than Postgres lets a stopped process hold its locks, so that waiting transactions get them. */
  statement_timeout: 12 * seconds,
  /** Releases the locks of a process that was stopped in the middle of a transaction. */
  idle_in_transaction_session_timeout: 10 * seconds,
} as const;

/** The client's timeouts, so that nothing hangs when the database does. */
const poolSettings = {
  /** For getting a connection from the pool, or opening a new one, including authentication. */
  connectionTimeoutMillis: 3 * seconds,
  /** A server that is stopped or cut off cannot enforce its own timeouts, so the client drops the connection. */
  query_timeout: 14 * seconds,
  ...pgKeepAlive,
  Client: TransactionClient,
  /** Statements need not wait for earlier results: savepoints, and the events of different keys, share round trips. */
  pipeline: true,
} as const;

/** Parses int8 as a number instead of pg's text, and rejects what a number cannot represent; for this pool only. */
const types = {
  getTypeParser(...[oid, format]: Parameters<typeof pg.types.getTypeParser>) {
    return oid === pg.types.builtins.INT8 && format !== 'binary' ? wholeNumber : pg.types.getTypeParser(oid, format);
  },
};

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} is out of range for a number; select it as text`);
  return value;
}

/**
 * A DataSource that maps by EntitySchema, never changes the schema, and does not end the process when the connection to the
 * database is lost.
 */
export function createDataSource(options: DatabaseOptions, onPoolError: (error: Error) => void): DataSource {
  const source = new DataSource({
    type: 'postgres',
    database: databaseOf(options.url),
    entities: [...options.entities],
    applicationName: options.applicationName,
    poolSize: options.poolSize ?? defaultPoolSize,
    // Aggregates check their arguments in static factories; TypeORM would call their constructors without arguments.
    entitySkipConstructor: true,
    namingStrategy: new SnakeNamingStrategy(),
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolErrorHandler: onPoolError,
    // Not as TypeORM's url: it does not parse one with several hosts.
    extra: {
      connectionString: options.url,
      ...poolSettings,
      ...(options.isPooled ? {} : { ...sessionSettings, preparesAll: true }),
      types,
    },
  });
  connectAgainAfterRotation(source.driver as PostgresDriver);
  return source;
}

/** The password may be replaced in the server after a connection has read it; a second connection reads the new one. */
function connectAgainAfterRotation(driver: PostgresDriver): void {
  const obtain = driver.obtainMasterConnection.bind(driver);
  driver.obtainMasterConnection = () =>
    obtain().catch((error: unknown) => {
      if (isPasswordRejected(error)) return obtain();
      throw error;
    });
}
