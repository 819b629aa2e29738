import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { sleep } from './run.js';
import { type Stack, topic } from './stack.js';

export const now = (): number => performance.timeOrigin + performance.now();
const payload = Buffer.from(JSON.stringify({ orderId: 'order-1234', n: 1, state: 'APPROVED', note: '0123456789abcdef'.repeat(14) }));

/** Writes one-row transactions to an outbox at a steady rate. */
export class Writer {
  readonly measured: { readonly id: string; readonly committedAt: number }[] = [];
  private readonly running = new Set<Promise<void>>();
  private written = 0;

  private constructor(
    private readonly pool: Pool,
    private readonly table: string,
  ) {}

  static async open(stack: Stack, table: string): Promise<Writer> {
    const pool = new Pool({ connectionString: stack.database.url, max: 8 });
    await Promise.all(Array.from({ length: 8 }, () => pool.query('SELECT pg_sleep(0.05)')));
    return new Writer(pool, table);
  }

  /** Transaction n is due n / rate after the start, however long the others take. */
  async load(rate: number, seconds: number): Promise<void> {
    const startedAt = now();
    for (let sent = 0; now() - startedAt < seconds * 1000; await sleep(1)) {
      for (const due = Math.floor(((now() - startedAt) / 1000) * rate); sent < due; sent++) {
        const work = this.write().finally(() => this.running.delete(work));
        this.running.add(work);
      }
    }
  }

  async write(): Promise<void> {
    const [id, n] = [randomUUID(), ++this.written];
    const key = `order-${(n * 7919) % 10_000}`;
    await this.pool.query({
      name: 'insert',
      text: `INSERT INTO ${this.table} (id, topic, partition_key, type, source, subject, sequence, time, correlation_id, causation_id, traceparent, content_type, data_schema, payload)
        VALUES ($1, $2, $3, 'order.approved.v1', '/orders', $3, $4, now(), $6, $6, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'application/json', 'orders/v1', $5)`,
      values: [id, topic, key, String(n).padStart(20, '0'), payload, id],
    });
    this.measured.push({ id, committedAt: now() });
  }

  async settled(): Promise<void> {
    await Promise.all(this.running);
  }

  async close(): Promise<void> {
    await this.settled();
    await this.pool.end();
  }
}
