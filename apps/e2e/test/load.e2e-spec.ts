import { afterAll, beforeAll, expect, test } from 'vitest';
import { runTool } from './cli.js';
import { Ftgo } from './ftgo.js';
import { invariants } from './invariants.js';

interface LoadResult {
  readonly ordersOfSetUp: number;
  readonly orders: Readonly<Record<'due' | 'accepted' | 'approved' | 'rejected' | 'cancelled' | 'revised' | 'delivered', number>>;
  readonly notEnded: readonly unknown[];
  readonly invariants: { readonly violations: readonly string[]; readonly unknown: readonly string[] };
  readonly latencies: Readonly<Record<string, { readonly count: number; readonly p50Ms: number; readonly maxMs: number }>>;
  readonly cpuSeconds?: Readonly<Record<string, number>>;
}

let ftgo: Ftgo;

beforeAll(async () => {
  ftgo = await Ftgo.shared();
}, 180_000);

afterAll(() => ftgo?.close());

const load = (...args: readonly string[]) =>
  runTool({ FTGO_HOME: ftgo.system.environment('order-service')['FTGO_HOME'] }, 'benchmarks/load/main.ts', ...args);

/** What has been placed and done in the system, by the rows of its databases. */
async function inDatabases() {
  const orders = await states('ftgo_order', 'orders');
  const deliveries = await states('ftgo_delivery', 'deliveries');
  const revisions = await ftgo.databases.number('ftgo_order', "SELECT count(*) AS n FROM saga_instance WHERE saga = 'revise-order'");
  const { APPROVED: approved = 0, CANCELLED: cancelled = 0 } = orders;
  return {
    orders: Object.values(orders).reduce((sum, n) => sum + n, 0),
    approved,
    cancelled,
    revisions,
    delivered: deliveries['DELIVERED'] ?? 0,
  };
}

/** The number of rows by state. */
async function states(database: string, table: string): Promise<Record<string, number>> {
  const rows = await ftgo.databases.rows<{ state: string; n: number }>(
    database,
    `SELECT state, count(*)::int AS n FROM ${table} GROUP BY state`,
  );
  return Object.fromEntries(rows.map(({ state, n }) => [state, n]));
}

test('npm run load reports as many orders, changes and deliveries as the services have', async () => {
  const before = await inDatabases();
  const { code, out, error } = await load(
    '--rate',
    '8',
    '--for',
    '6s',
    '--consumers',
    '4',
    '--mix',
    'cancel=20,revise=20,deliver=40',
    '--json',
  );
  expect([code, error]).toEqual([0, expect.stringContaining('orders have ended')]);
  const result = JSON.parse(out) as LoadResult;
  const { orders, ordersOfSetUp, notEnded, latencies, cpuSeconds } = result;
  const { due, accepted, approved, cancelled, revised, delivered } = orders;
  expect([accepted, approved, orders.rejected, notEnded]).toEqual([due, due, 0, []]);
  expect(await inDatabases()).toEqual({
    orders: before.orders + ordersOfSetUp + accepted,
    approved: before.approved + ordersOfSetUp + accepted - cancelled,
    cancelled: before.cancelled + cancelled,
    revisions: before.revisions + revised,
    delivered: before.delivered + delivered,
  });
  for (const count of [cancelled, revised, delivered]) expect(count).toBeGreaterThan(0);
  expect([latencies['POST /orders']?.count, latencies['from due to APPROVED']?.count]).toEqual([accepted, approved]);
  // An order is approved later than it is accepted.
  expect(latencies['from due to APPROVED']?.p50Ms).toBeGreaterThan(0);
  if (process.platform === 'linux') {
    for (const name of ['postgres', 'order-service', 'outbox-relay', 'the load itself'])
      expect(cpuSeconds?.[name], name).toBeGreaterThan(0);
  }
  expect(result.invariants).toEqual({ violations: [], unknown: [], notes: [] });
  expect(await invariants(ftgo)).toEqual([]);
});

test('npm run load reports the load in words, with the CPU of a gateway that it does not know as not available', async () => {
  const gateway = ftgo.url('api-gateway', '');
  const { code, out } = await load('--rate', '5', '--for', '2s', '--consumers', '1', '--gateway', gateway, '--mix', 'deliver=0');
  expect(code).toBe(0);
  expect(out).toMatch(/^ +1 s {2}orders\/s: \d+ due, \d+ accepted, \d+ approved; /m);
  expect(out).toMatch(/POST \/orders +│/);
  expect(out).toContain('CPU by process: not available');
  expect(out).toMatch(/all \d+ accepted orders have ended\n\nevery invariant holds/);
});

test('npm run load reports an unknown option, and a home without a system, in one line', async () => {
  expect(await load('--rate', 'fast')).toMatchObject({
    code: 1,
    error: expect.stringMatching(/^invalid --rate 'fast': expected/) as string,
  });
  const elsewhere = await runTool({ FTGO_HOME: '/nonexistent' }, 'benchmarks/load/main.ts', '--rate', '1');
  expect([elsewhere.code, elsewhere.error.trim()]).toEqual([
    1,
    'no system is running in /nonexistent; start it with npm start, or choose another system with --gateway URL',
  ]);
});
