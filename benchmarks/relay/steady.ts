import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { cpuSeconds } from '../proc.js';
import type { Peer } from './peers.js';
import { type Figures, listen, Run, round, sleep } from './run.js';
import { type Stack, topic } from './stack.js';

const warmUpSeconds = 6;
const now = () => performance.timeOrigin + performance.now();
const payload = Buffer.from(JSON.stringify({ orderId: 'order-1234', n: 1, state: 'APPROVED', note: '0123456789abcdef'.repeat(14) }));

/** Measures from commit to arrival, at a steady rate of one-row transactions that does not depend on the relay. */
export async function steady(stack: Stack, peer: Peer, folder: string, options: { rate: number; seconds: number }): Promise<Figures> {
  await stack.truncateTopic();
  const arrivedAt = new Map<string, number>();
  let repeated = 0;
  const listener = await listen(stack, ({ id, at }) => {
    if (arrivedAt.has(id)) repeated++;
    else arrivedAt.set(id, at);
  });
  const run = await Run.start(stack, peer, folder);
  const writer = await Writer.open(stack, peer.table);
  try {
    for (let tries = 0; arrivedAt.size === 0 && tries < 300; tries++) {
      await writer.write();
      await sleep(100);
    }
    const used = await measure(run, writer, options);
    for (let tries = 0; tries < 100 && writer.measured.some(({ id }) => !arrivedAt.has(id)); tries++) await sleep(100);
    const waits = writer.measured.flatMap(({ id, committedAt }) =>
      arrivedAt.has(id) ? [(arrivedAt.get(id) as number) - committedAt] : [],
    );
    waits.sort((a, b) => a - b);
    const quantile = (share: number) => round(waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Number.NaN, 2);
    return {
      peer: peer.name,
      'transactions/s': round(writer.measured.length / options.seconds, 0),
      'p50, ms': quantile(0.5),
      'p99, ms': quantile(0.99),
      'max, ms': quantile(1),
      ...used,
      'peak memory, MiB': Math.round(run.peakMemoryMiB),
      lost: writer.measured.length - waits.length,
      repeated,
    };
  } finally {
    await writer.close();
    await run.stop();
    await listener.close();
  }
}

async function measure(run: Run, writer: Writer, { rate, seconds }: { rate: number; seconds: number }): Promise<Figures> {
  const walSender = await run.walSenderPid();
  const usage = () => ({ relay: run.cpu, walSender: cpuSeconds(walSender), foreign: run.foreignCpu() });
  await writer.load(rate, warmUpSeconds);
  writer.measured.length = 0;
  const before = usage();
  await writer.load(rate, seconds);
  const after = usage();
  await writer.settled();
  return {
    'relay CPU, %': Math.round(((after.relay - before.relay) / seconds) * 100),
    'walsender CPU, %': Math.round(((after.walSender - before.walSender) / seconds) * 100),
    'foreign CPU, %': Math.round(((after.foreign - before.foreign) / seconds) * 50),
  };
}

class Writer {
  measured: { readonly id: string; readonly committedAt: number }[] = [];
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
