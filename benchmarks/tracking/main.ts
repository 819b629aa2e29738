/**
 * Clients that follow orders live, on a system with every process of `npm start`: the gateway's memory per client, and the
 * delay from the commit of an event to its arrival. `npm run bench -- tracking [connections] [orders]`
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startSystem, type TestSystem } from '@ftgo/testing';
import { Client } from 'pg';
import { anOrder, post } from '../order/orders.js';
import { listenerOn, machineCpuSeconds, residentMiB } from '../proc.js';
import { machine, median, percentile, table } from '../report.js';

const { positionals } = parseArgs({ allowPositionals: true });
const [connections = 2_000, orders = 200] = positionals.map(Number);
const opensAtOnce = 50;
/** After the connections are open, until the garbage of opening them is collected. */
const settleMs = 5_000;
const ms = (value: number): string => `${value.toFixed(1)} ms`;

/** One entry at one client. */
interface Arrival {
  readonly orderId: number;
  readonly n: number;
  readonly at: number;
}

console.log(`${machine('@fastify/websocket', 'fastify', '@platformatic/kafka')}\nstarting the system …`);
const limits = { FTGO_HTTP_MAX_CONNECTIONS: String(connections + 500), FTGO_TRACKING_MAX_CONNECTIONS: String(connections) };
const system = await startSystem({ isDurable: true, env: limits });
try {
  await measure(system);
} finally {
  await system.close();
}
process.exit(0);

async function measure({ urls, databases }: TestSystem): Promise<void> {
  const gateway = urls['api-gateway'] ?? '';
  const followed = await placeOrders(gateway, urls);
  const pid = listenerOn(Number(new URL(gateway).port));
  const before = residentMiB(pid);
  const arrivals: Arrival[] = [];
  const sockets = await openStreams(gateway, followed, (arrival) => arrivals.push(arrival));
  await pause(settleMs);
  const after = residentMiB(pid);
  arrivals.length = 0;
  const cpu = machineCpuSeconds();
  for (const orderId of followed) await post(`${gateway}/orders/${orderId}/cancel`, {});
  await untilQuiet(arrivals);
  const cpuSeconds = machineCpuSeconds() - cpu;
  for (const socket of sockets) socket.destroy();
  const written = await writtenEntries(databases['ftgo_order_history'] ?? '');
  const delays = arrivals.flatMap(({ orderId, n, at }) => {
    const entry = written.get(`${orderId}/${n}`);
    return entry === undefined ? [] : [{ written: at - entry.written, happened: at - entry.happened }];
  });
  const row = (name: string, values: number[]) => [name, ms(median(values)), ms(percentile(values, 0.95)), ms(percentile(values, 0.99))];
  console.log(
    `\n${connections} connections follow ${orders} orders; ${delays.length} events arrived\n` +
      `memory of the gateway: ${before.toFixed(0)} MiB before, ${after.toFixed(0)} MiB after; ` +
      `${(((after - before) * 1024) / connections).toFixed(1)} KiB per client\n` +
      `CPU of the whole machine meanwhile: ${cpuSeconds.toFixed(1)} s\n`,
  );
  const rows = [
    row(
      'was written by order-history-service, just before its commit',
      delays.map((delay) => delay.written),
    ),
    row(
      'happened in the owning service',
      delays.map((delay) => delay.happened),
    ),
  ];
  console.log(table(['from the time an event', 'p50', 'p95', 'p99'], rows));
}

async function placeOrders(gateway: string, urls: Readonly<Record<string, string>>): Promise<number[]> {
  const body = await anOrder(gateway, urls);
  const placed: number[] = [];
  for (let i = 0; i < orders; i++) placed.push((await post<{ orderId: number }>(`${gateway}/orders`, body)).orderId);
  for (const orderId of placed) {
    for (;;) {
      const { state } = (await (await fetch(`${urls['order-service']}/orders/${orderId}`)).json()) as { state: string };
      if (state === 'APPROVED') break;
      await pause(50);
    }
  }
  return placed;
}

/** Plain sockets, so that this process spends as little as possible on each. */
async function openStreams(gateway: string, followed: readonly number[], onEvent: (arrival: Arrival) => void): Promise<Socket[]> {
  const { hostname, port } = new URL(gateway);
  const sockets: Socket[] = [];
  for (let i = 0; i < connections; i += opensAtOnce) {
    const some = Array.from({ length: Math.min(opensAtOnce, connections - i) }, (_, k) => followed[(i + k) % followed.length] as number);
    sockets.push(...(await Promise.all(some.map((orderId) => open({ host: hostname, port: Number(port) }, orderId, onEvent)))));
  }
  return sockets;
}

function open(address: { host: string; port: number }, orderId: number, onEvent: (arrival: Arrival) => void): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address, () => socket.write(`GET /orders/${orderId}/events HTTP/1.1\r\nhost: ${address.host}\r\n\r\n`));
    socket.on('data', (chunk) => {
      const at = performance.timeOrigin + performance.now();
      const text = chunk.toString('latin1');
      for (const [, n] of text.matchAll(/^id: (\d+)$/gm)) onEvent({ orderId, n: Number(n), at });
      if (text.startsWith('HTTP/1.1 200')) resolve(socket);
      else if (text.startsWith('HTTP/1.1')) reject(new Error(`cannot follow order ${orderId}: ${text.slice(0, 200)}`));
    });
    socket.once('error', reject);
  });
}

/** Until nothing has arrived for two seconds. */
async function untilQuiet(arrivals: readonly Arrival[]): Promise<void> {
  for (let known = -1; known !== arrivals.length; ) {
    known = arrivals.length;
    await pause(2_000);
  }
}

/** When each entry was written, and when its event happened, by the clock of this machine. */
async function writtenEntries(url: string): Promise<Map<string, { written: number; happened: number }>> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ subject: string; n: number; written: Date; happened: Date }>(
    `SELECT o.subject, t.n, o.time AS written, t.occurred_at AS happened FROM outbox AS o
     JOIN order_timeline AS t ON t.order_id = o.subject::bigint AND t.n = o.sequence::integer WHERE o.topic = 'ftgo.orderhistory.events'`,
  );
  await client.end();
  return new Map(
    rows.map(({ subject, n, written, happened }) => [`${subject}/${n}`, { written: written.getTime(), happened: happened.getTime() }]),
  );
}
