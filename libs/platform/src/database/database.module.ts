import { setTimeout as pause } from 'node:timers/promises';
import { Clock, SystemClock } from '@ftgo/kernel';
import { Outbox, Transactions } from '@ftgo/messaging';
import { type DynamicModule, Logger, Module, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ReadinessIndicator } from '../health/readiness.js';
import { IdempotentRequests } from '../idempotency/idempotent-requests.js';
import { createDataSource, type DatabaseOptions } from './data-source.js';
import { Database } from './database.js';
import { isUnavailable } from './dependency-unavailable.js';
import { PoolMetrics } from './pool-metrics.js';
import { TypeOrmSessions } from './typeorm-sessions.js';

/** How long a starting service waits for its database. */
const startupPatienceMs = 60_000;

/** Ready means that the database answers. */
export class DatabaseReadiness extends ReadinessIndicator {
  override readonly name = 'database';

  constructor(private readonly database: Database) {
    super();
  }

  override async check(): Promise<void> {
    await this.database.query('SELECT 1');
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
        { provide: DataSource, useFactory: () => connect(options) },
        { provide: DatabaseConnection, useFactory: (source: DataSource) => new DatabaseConnection(source), inject: [DataSource] },
        { provide: Transactions, useFactory: (source: DataSource) => new Transactions(new TypeOrmSessions(source)), inject: [DataSource] },
        {
          provide: Database,
          useFactory: (source: DataSource, transactions: Transactions) => new Database(source, transactions),
          inject: [DataSource, Transactions],
        },
        { provide: Outbox, useFactory: (transactions: Transactions) => new Outbox(transactions), inject: [Transactions] },
        {
          provide: IdempotentRequests,
          useFactory: (transactions: Transactions) => new IdempotentRequests(transactions),
          inject: [Transactions],
        },
        { provide: Clock, useClass: SystemClock },
        { provide: PoolMetrics, useFactory: (source: DataSource) => new PoolMetrics(source), inject: [DataSource] },
        { provide: DatabaseReadiness, useFactory: (database: Database) => new DatabaseReadiness(database), inject: [Database] },
      ],
      exports: [DataSource, Database, Transactions, Outbox, IdempotentRequests, Clock],
    };
  }
}

async function connect(options: DatabaseOptions): Promise<DataSource> {
  const log = new Logger(DatabaseModule.name);
  const until = performance.now() + startupPatienceMs;
  for (;;) {
    const source = createDataSource(options, (error) => log.warn({ err: error }, 'an idle database connection was lost'));
    try {
      return await source.initialize();
    } catch (error) {
      if (!isUnavailable(error) || performance.now() > until) throw error;
      log.warn({ err: error }, 'the database does not answer yet; trying again');
      await pause(500);
    }
  }
}
