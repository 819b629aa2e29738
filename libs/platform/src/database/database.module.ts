import { setTimeout as pause } from 'node:timers/promises';
import { Clock, SystemClock } from '@ftgo/kernel';
import { Outbox, OutboxProgress, relayProgress, SlotProgress, Transactions } from '@ftgo/messaging';
import { databaseOf, databaseProblem, type PostgresServer } from '@ftgo/messaging/postgres';
import { type DynamicModule, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Ownership } from '../access/ownership.js';
import { isUnavailable } from '../errors/dependency-unavailable.js';
import { ReadinessIndicator } from '../health/readiness.js';
import { IdempotentRequests } from '../idempotency/idempotent-requests.js';
import { connect } from './connect.js';
import { demandConnections } from './connection-limits.js';
import { createDataSource, type DatabaseOptions, defaultPoolSize } from './data-source.js';
import { Database } from './database.js';
import { PoolMetrics } from './pool-metrics.js';
import { TypeOrmSessions } from './typeorm-sessions.js';

/** The kind of server at the database's URL. */
const server = Symbol('the server of the database');

/** How long a starting service waits for its database. */
const startupPatienceMs = 60_000;

/** Ready means that the database responds. */
export class DatabaseReadiness extends ReadinessIndicator {
  override readonly name = 'database';

  constructor(
    private readonly database: Database,
    private readonly url: string,
  ) {
    super();
  }

  override async check(): Promise<void> {
    try {
      await this.database.query('SELECT 1');
    } catch (error) {
      throw isUnavailable(error) ? new Error(`cannot connect: ${databaseProblem(error, this.url)}`, { cause: error }) : error;
    }
  }
}

class DatabaseConnection implements OnApplicationShutdown {
  constructor(readonly dataSource: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

/** A service's database, its ambient transaction, its outbox and its idempotent requests, for every module of the service. */
@Module({})
export class DatabaseModule {
  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        { provide: server, useFactory: () => inspect(options) },
        { provide: DataSource, useFactory: ({ isPooled }: PostgresServer) => initialised({ ...options, isPooled }), inject: [server] },
        { provide: DatabaseConnection, useFactory: (source: DataSource) => new DatabaseConnection(source), inject: [DataSource] },
        {
          provide: Transactions,
          useFactory: (source: DataSource, { isPooled }: PostgresServer) => new Transactions(new TypeOrmSessions(source, isPooled)),
          inject: [DataSource, server],
        },
        {
          provide: Database,
          useFactory: (source: DataSource, transactions: Transactions) => new Database(source, transactions),
          inject: [DataSource, Transactions],
        },
        {
          provide: Outbox,
          useFactory: (transactions: Transactions) => new Outbox(transactions, options.contentTypes),
          inject: [Transactions],
        },
        { provide: OutboxProgress, useFactory: () => progressOf(options) },
        {
          provide: IdempotentRequests,
          useFactory: (transactions: Transactions) => new IdempotentRequests(transactions),
          inject: [Transactions],
        },
        { provide: Ownership, useFactory: (database: Database) => new Ownership(database), inject: [Database] },
        { provide: Clock, useClass: SystemClock },
        { provide: PoolMetrics, useFactory: (source: DataSource) => new PoolMetrics(source), inject: [DataSource] },
        {
          provide: DatabaseReadiness,
          useFactory: (database: Database) => new DatabaseReadiness(database, options.url),
          inject: [Database],
        },
      ],
      exports: [DataSource, Database, Transactions, Outbox, OutboxProgress, IdempotentRequests, Ownership, Clock],
    };
  }
}

const progressOf = ({ url, publisher = 'relay' }: DatabaseOptions): OutboxProgress =>
  publisher === 'debezium' ? new SlotProgress(`${databaseOf(url)}_outbox`) : relayProgress;

/**
 * Detects a pooler on a connection without session parameters, since a pooler rejects one that has them. Its own limits apply then.
 */
async function inspect({ url, poolSize = defaultPoolSize }: DatabaseOptions): Promise<PostgresServer> {
  const log = new Logger(DatabaseModule.name);
  const onWaiting = (problem: string) => log.warn({ problem }, 'database is unusable; retrying');
  const { client, server } = await connect(url, { patienceMs: startupPatienceMs, onWaiting });
  try {
    if (!server.isPooled) await demandConnections(client, poolSize);
  } finally {
    await client.end();
  }
  if (server.isPooled) log.log('database is behind a connection pooler; statements are not prepared');
  return server;
}

async function initialised(options: DatabaseOptions): Promise<DataSource> {
  const log = new Logger(DatabaseModule.name);
  const until = performance.now() + startupPatienceMs;
  for (;;) {
    const source = createDataSource(options, (error) => log.warn({ err: error }, 'idle database connection lost'));
    try {
      return await source.initialize();
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > until) throw error;
      log.warn({ err: error }, 'database is unusable; retrying');
      await pause(500);
    }
  }
}
