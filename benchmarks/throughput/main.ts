/**
 * Orders per second with every process of `npm start` on this machine: clients place orders without pause, except that each
 * waits while too many of its orders are not APPROVED yet. So orders are approved as fast as they are accepted. Checks the
 * invariants at the end.
 * `npm run bench -- throughput [seconds] [clients] [orders in flight per client]`
 */
import { startSystem, type TestSystem } from '@ftgo/testing';
import { invariantsBy } from '../load/invariants.js';
import { invariantsOf } from '../load/report.js';
import { machine, median, percentile, table } from '../report.js';
import { cpuByProcess, workOfDatabases } from './cost.js';
import { type Placed, placeOrders } from './placing.js';

const [seconds = 30, clients = 24, inFlight = 8] = process.argv.slice(2).map(Number);
const warmUpSeconds = 10;
const ms = (value: number): string => value.toFixed(0);

console.log(`${machine('@nestjs/core', 'pg', 'typeorm', '@grpc/grpc-js', '@platformatic/kafka')}\nstarting the system …`);
const system = await startSystem({ isDurable: true });
try {
  await measure(system);
} finally {
  await system.close();
}
process.exit();

async function measure(system: TestSystem): Promise<void> {
  const placing = placeOrders(system, { clients, inFlight, seconds: warmUpSeconds + seconds });
  await pause(warmUpSeconds);
  const [from, before] = [performance.now(), await snapshot(system)];
  await pause(seconds);
  const [to, after] = [performance.now(), await snapshot(system)];
  report(await placing, { from, to }, { before, after });
  const invariants = await invariantsBy({ gateway: system.urls['api-gateway'] ?? '' });
  console.log(invariantsOf(invariants));
  if (invariants.violations.length + invariants.unknown.length > 0) process.exitCode = 1;
}

type Snapshot = Awaited<ReturnType<typeof snapshot>>;

async function snapshot(system: TestSystem) {
  return { cpu: cpuByProcess(await system.ps()), work: await workOfDatabases(system.databases) };
}

function report(
  placed: readonly Placed[],
  { from, to }: { from: number; to: number },
  { before, after }: Record<'before' | 'after', Snapshot>,
) {
  const during = placed.filter(({ approvedAt }) => approvedAt >= from && approvedAt < to);
  const orders = during.length;
  const of = (time: (order: Placed) => number) => during.map(time);
  const [answered, approved] = [of((o) => o.answeredAt - o.beganAt), of((o) => o.approvedAt - o.beganAt)];
  const perOrder = (now: number | undefined = 0, then: number | undefined = 0) => ((now - then) / orders).toFixed(2);
  const cpu = [...after.cpu].map(([name, used]) => [name, perOrder(used * 1_000, (before.cpu.get(name) ?? 0) * 1_000)] as const);
  const all = cpu.reduce((sum, [, used]) => sum + Number(used), 0);
  const sorted = cpu.toSorted(([, a], [, b]) => Number(b) - Number(a));
  console.log(
    `\n${((orders / (to - from)) * 1_000).toFixed(1)} orders APPROVED per second, ${clients} clients, ${clients * inFlight} in flight`,
  );
  const row = (name: string, values: number[]) => [name, ms(median(values)), ms(percentile(values, 0.99))];
  console.log(table(['from POST to', 'p50, ms', 'p99, ms'], [row('its response', answered), row('OrderAuthorized received', approved)]));
  console.log(table(['CPU', 'ms per order'], [...sorted, ['all', all.toFixed(2)]]));
  const work = [...after.work].map(([name, transactions]) => [name, perOrder(transactions, before.work.get(name))]);
  console.log(table(['database', 'transactions per order'], work));
}

function pause(forSeconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forSeconds * 1_000));
}
