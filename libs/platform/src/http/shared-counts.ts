import { callbackify } from 'node:util';
import type { FastifyRateLimitStore } from '@fastify/rate-limit';
import { PgClient, pgKeepAlive } from '@ftgo/messaging/postgres';
import { Pool } from 'pg';
import type { Logger } from 'pino';

/** A database that does not respond must not delay requests. */
const patienceMs = 500;
/** After a failure, requests are admitted for this time without asking the database. */
const pauseMs = 1_000;
const undefinedTable = '42P01';

/** Its rows are worthless after a minute, so the table is unlogged. */
const table =
  'CREATE UNLOGGED TABLE IF NOT EXISTS request_count (client text PRIMARY KEY, since timestamptz NOT NULL, requests integer NOT NULL)';

const isCurrent = `counted.since > now() - $2 * interval '1 ms'`;
const increment = `INSERT INTO request_count AS counted (client, since, requests) VALUES ($1, now(), 1)
  ON CONFLICT (client) DO UPDATE SET
    requests = CASE WHEN ${isCurrent} THEN counted.requests + 1 ELSE 1 END,
    since = CASE WHEN ${isCurrent} THEN counted.since ELSE now() END
  RETURNING requests AS current, (extract(epoch FROM since - now()) * 1000 + $2)::integer AS ttl`;
const forget = `DELETE FROM request_count WHERE since < now() - $1 * interval '1 ms'`;

interface Count {
  readonly current: number;
  readonly ttl: number;
}

/** Connections to the database in which instances count; they are opened when requests need them. */
export const openCounts = (url: string): Pool =>
  new Pool({
    connectionString: url,
    Client: PgClient,
    max: 5,
    connectionTimeoutMillis: patienceMs,
    query_timeout: patienceMs,
    ...pgKeepAlive,
  });

/** Counts the requests of each client in PostgreSQL, together with other instances. It creates its table. */
export class SharedCounts implements FastifyRateLimitStore {
  private pausedUntil = 0;
  private forgottenAt = 0;

  constructor(
    private readonly pool: Pool,
    private readonly log: Pick<Logger, 'warn' | 'info'>,
  ) {
    pool.on('error', () => {}); // of an idle connection: the next request opens another one
  }

  incr(client: string, done: (error: Error | null, count?: Count) => void, windowMs: number): void {
    callbackify(() => this.countUnlessPaused(client, windowMs))(done);
  }

  /** All routes have the same limit. */
  child(): this {
    return this;
  }

  private async countUnlessPaused(client: string, windowMs: number): Promise<Count> {
    if (performance.now() < this.pausedUntil) throw new Error('the database of the rate limit is unavailable');
    try {
      const count = await this.count(client, windowMs);
      if (this.pausedUntil > 0) this.log.info('requests are limited again');
      this.pausedUntil = 0;
      return count;
    } catch (error) {
      if (this.pausedUntil === 0) this.log.warn({ err: error }, 'requests are not limited: the database of the rate limit is unavailable');
      this.pausedUntil = performance.now() + pauseMs;
      throw error;
    }
  }

  private async count(client: string, windowMs: number): Promise<Count> {
    const counted = () => this.pool.query<Count>(increment, [client, windowMs]);
    const { rows } = await counted().catch(async (error: { code?: string }) => {
      if (error.code !== undefinedTable) throw error;
      await this.pool.query(table);
      return counted();
    });
    await this.forgetClients(windowMs);
    return rows[0] as Count;
  }

  private async forgetClients(windowMs: number): Promise<void> {
    if (performance.now() < this.forgottenAt + windowMs) return;
    this.forgottenAt = performance.now();
    await this.pool.query(forget, [windowMs]);
  }
}
