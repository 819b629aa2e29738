/**
 * Orders on a system with little data, and on the same system with many finished orders and published messages.
 * `npm run bench -- growth [orders] [messages] [seconds]`; takes 5 GB on disk for each million of orders, and as much for ten
 * million messages.
 */
import { startSystem, type TestSystem } from '@ftgo/testing';
import { anOrder, post, watchApprovals } from '../order/orders.js';
import { machine, median, percentile, table, thousands } from '../report.js';
import { placeOrders } from '../throughput/placing.js';
import { finishedOrder } from './finished-order.js';
import { grow } from './grow.js';

const [orders = 1_000_000, messages = 10_000_000, seconds = 30] = process.argv.slice(2).map(Number);
const oneByOne = 200;
const warmUp = 50;
const warmUpSeconds = 10;
const load = { clients: 24, inFlight: 8 };

console.log(`${machine('@nestjs/core', 'pg', 'typeorm', '@grpc/grpc-js', '@platformatic/kafka')}\nstarting the system …`);
const system = await startSystem({ isDurable: true });
try {
  await compare(system);
} finally {
  await system.close();
}
process.exit(0);

async function compare(system: TestSystem): Promise<void> {
  const order = await finishedOrder(system.urls);
  const small = await measure(system);
  await grow({ databases: system.databases, order, orders, messages, report: (line) => console.log(line) });
  const large = await measure(system);
  const row = (name: string, of: (measured: Measured) => number) => [
    name,
    of(small).toFixed(1),
    of(large).toFixed(1),
    (of(large) / of(small)).toFixed(2),
  ];
  console.log(
    table(
      ['', 'little data', `${thousands(orders)} orders, ${thousands(messages)} messages`, 'ratio'],
      [
        row('POST to OrderAuthorized, one at a time, p50, ms', ({ latencies }) => median(latencies)),
        row('the same, p99, ms', ({ latencies }) => percentile(latencies, 0.99)),
        row('orders APPROVED per second', ({ rate }) => rate),
      ],
    ),
  );
}

type Measured = Awaited<ReturnType<typeof measure>>;

async function measure(system: TestSystem) {
  const latencies = await oneAtATime(system);
  const began = performance.now() + warmUpSeconds * 1_000;
  const end = began + seconds * 1_000;
  const placed = await placeOrders(system, { ...load, seconds: warmUpSeconds + seconds });
  const rate = placed.filter(({ approvedAt }) => approvedAt >= began && approvedAt < end).length / seconds;
  console.log(`p50 ${median(latencies).toFixed(1)} ms, ${rate.toFixed(1)} orders per second`);
  return { latencies, rate };
}

async function oneAtATime({ urls, broker }: TestSystem): Promise<number[]> {
  const gateway = urls['api-gateway'] ?? '';
  const body = await anOrder(gateway, urls);
  const approvals = await watchApprovals(broker);
  const latencies: number[] = [];
  for (let i = 0; i < warmUp + oneByOne; i++) {
    const began = performance.now();
    const { orderId } = await post<{ orderId: number }>(`${gateway}/orders`, body);
    const approvedAt = await approvals.of(String(orderId));
    if (i >= warmUp) latencies.push(approvedAt - began);
  }
  await approvals.close();
  return latencies;
}
