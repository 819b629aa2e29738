/**
 * The cost of security: the same orders with security off and on, in systems one after the other; then the drain of a backlog by the
 * relay, to an open Kafka and to one with TLS and SASL. `npm run bench -- security [orders] [rounds] [messages]`
 */
import { machine, median, table } from '../report.js';
import { drainTo } from './drain.js';
import { type Measured, measure, type Way } from './orders.js';

const [orders = 200, rounds = 3, messages = 300_000] = process.argv.slice(2).map(Number);
const ways: readonly Way[] = [
  { name: 'off', env: {} },
  { name: 'on', env: { FTGO_SECURITY: 'on' } },
];

console.log(`${machine('jose', 'fastify', '@grpc/grpc-js', '@platformatic/kafka')}\n${orders} orders, ${rounds} rounds\n`);
const results = new Map<string, Measured[]>(ways.map(({ name }) => [name, []]));
for (let round = 1; round <= rounds; round++) {
  for (const way of ways) {
    const measured = await measure(way, orders);
    results.get(way.name)?.push(measured);
    console.log(`round ${round}, ${way.name}: ${JSON.stringify(measured)}`);
  }
}
const columns = ['answeredMs', 'approvedMs', 'appsCpuMs', 'allCpuMs'] as const;
const medians = [...results].map(([name, all]) => [name, columns.map((column) => median(all.map((each) => each[column])))] as const);
const off = medians[0]?.[1] ?? [];
const shown = (value: number, i: number): string => `${value.toFixed(1)} (${Math.round((value / (off[i] ?? value) - 1) * 100)} %)`;
const head = [
  'security',
  'POST to response, p50, ms',
  'POST to OrderAuthorized, p50, ms',
  'CPU of all apps per order, ms',
  'with Postgres and Kafka, ms',
];
console.log(
  `\n${table(
    head,
    medians.map(([name, values]) => [name, ...values.map(shown)]),
  )}\n`,
);

const drained = [await drainTo({ isSecured: false }, messages), await drainTo({ isSecured: true }, messages)];
console.table(drained);
process.exit(0);
