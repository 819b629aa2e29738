import { type Metric, MetricsSource } from '@ftgo/messaging/telemetry';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';

/** Metrics of the service's connection pool. */
export class PoolMetrics extends MetricsSource {
  constructor(private readonly dataSource: DataSource) {
    super();
  }

  override metrics(): Metric[] {
    const { totalCount, idleCount, waitingCount, options } = this.pool;
    const gauge = (name: string, help: string, samples: Metric['samples']): Metric => ({ name, help, type: 'gauge', samples });
    return [
      gauge('db_client_connections', 'Connections to the database by state', [
        { labels: { state: 'used' }, value: totalCount - idleCount },
        { labels: { state: 'idle' }, value: idleCount },
      ]),
      gauge('db_client_connections_max', 'Maximum number of connections in the pool', [{ labels: {}, value: options.max ?? 0 }]),
      gauge('db_client_connections_pending_requests', 'Transactions and queries waiting for a connection', [
        { labels: {}, value: waitingCount },
      ]),
    ];
  }

  private get pool(): Pool {
    return (this.dataSource.driver as unknown as { master: Pool }).master;
  }
}
