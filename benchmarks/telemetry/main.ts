/**
 * The cost of traces: the same orders with traces off and on, in consecutive systems, with a collector that discards
 * everything. `npm run bench -- telemetry [orders] [rounds]`
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startSystem, type TestSystem } from '@ftgo/testing';
import { anOrder, post, watchApprovals } from '../order/orders.js';
import { cpuSeconds, residentMiB } from '../proc.js';
import { machine, median, table } from '../report.js';

const [orders = 200, rounds = 2] = process.argv.slice(2).map(Number);
const warmUp = 50;

/** The measurements of one system. */
interface Measured {
  readonly approvedMs: number;
  /** For all apps together, per order. */
  readonly cpuMs: number;
  readonly memoryMiB: number;
  readonly startSeconds: number;
}

const collector = createServer((request, response) => request.resume().once('end', () => response.end())).listen(0, '127.0.0.1');
await once(collector, 'listening');
const { port } = collector.address() as AddressInfo;
const ways: ReadonlyArray<{ readonly name: string; readonly env: Record<string, string> }> = [
  { name: 'off', env: { OTEL_EXPORTER_OTLP_ENDPOINT: '' } },
  { name: 'on, every order', env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` } },
  {
    name: 'on, 1 order in 100',
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
    },
  },
];

console.log(`${machine('@opentelemetry/api', '@opentelemetry/sdk-trace')}\n${orders} orders, ${rounds} rounds\n`);
const results = new Map<string, Measured[]>(ways.map(({ name }) => [name, []]));
for (let round = 1; round <= rounds; round++) {
  for (const { name, env } of ways) {
    const measured = await measure(env);
    results.get(name)?.push(measured);
    console.log(`round ${round}, ${name}: ${JSON.stringify(measured)}`);
  }
}
const rows = [...results].map(([name, all]) => {
  const of = (value: (measured: Measured) => number): string => median(all.map(value)).toFixed(1);
  return [name, of((m) => m.approvedMs), of((m) => m.cpuMs), of((m) => m.memoryMiB), of((m) => m.startSeconds)];
});
console.log(
  `\n${table(['traces', 'POST to OrderAuthorized, p50, ms', 'CPU of all apps per order, ms', 'memory of all apps, MiB', 'start, s'], rows)}`,
);
process.exit(0);

async function measure(env: Record<string, string>): Promise<Measured> {
  const began = performance.now();
  const system = await startSystem({ env });
  const startSeconds = (performance.now() - began) / 1_000;
  try {
    return { startSeconds, ...(await place(system)) };
  } finally {
    await system.close();
  }
}

async function place(system: TestSystem): Promise<Omit<Measured, 'startSeconds'>> {
  const gateway = system.urls['api-gateway'] ?? '';
  const body = await anOrder(gateway, system.urls);
  const approvals = await watchApprovals(system.broker);
  const approve = async (): Promise<number> => {
    const began = performance.now();
    const { orderId } = await post<{ orderId: number }>(`${gateway}/orders`, body);
    return (await approvals.of(String(orderId))) - began;
  };
  for (let i = 0; i < warmUp; i++) await approve();
  const apps = (await system.ps()).filter(({ name }) => name in system.urls);
  const sumOf = (value: (pid: number | undefined) => number): number => apps.reduce((total, { pid }) => total + value(pid), 0);
  const cpu = () => sumOf(cpuSeconds);
  const before = cpu();
  const approved: number[] = [];
  for (let i = 0; i < orders; i++) approved.push(await approve());
  const cpuMs = ((cpu() - before) / orders) * 1_000;
  await approvals.close();
  return { approvedMs: median(approved), cpuMs, memoryMiB: sumOf(residentMiB) };
}
