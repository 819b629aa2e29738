/**
 * The same read, a restaurant with its menu, by REST, gRPC and GraphQL, on a running system: latency of one
 * client, throughput of several, and bytes. `npm run bench -- reads [seconds] [rounds] [items of the menu]`
 */
import { Agent, request } from 'node:http';
import { RestaurantServiceApi } from '@ftgo/contracts/restaurant';
import { grpcClient } from '@ftgo/rpc';
import { startSystem } from '@ftgo/testing';
import { post } from '../order/orders.js';
import { machine, median, percentile, table, thousands } from '../report.js';
import { type CountingProxy, countingProxy } from './counting-proxy.js';

const [seconds = 10, rounds = 3, items = 20] = process.argv.slice(2).map(Number);
const clients = 16;
const countedReads = 100;
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** A way to read, at a port: the measured one, or the port of a proxy that counts. */
interface Way {
  readonly name: string;
  readonly port: number;
  open(port: number): { read(): Promise<void>; close(): void };
}

interface Figures {
  readonly latencies: number[];
  readonly perSecond: number[];
}

console.log(`${machine('@grpc/grpc-js', 'fastify', 'graphql')}\nstarting the system …`);
const system = await startSystem();
try {
  await measure();
} finally {
  agent.destroy();
  await system.close();
}
process.exit(0);

async function measure(): Promise<void> {
  const { urls, grpc } = system;
  const portOf = (address = '') => Number(address.split(':').at(-1));
  const [gateway, owner] = [portOf(urls['api-gateway']), portOf(urls['restaurant-service'])];
  const id = await aRestaurant(urls['api-gateway'] ?? '');
  const ways: readonly Way[] = [
    { name: 'gRPC, at the service', port: portOf(grpc['restaurant-service']), open: (port) => overGrpc(port, id) },
    { name: 'REST, at the service', port: owner, open: (port) => overHttp(port, `/restaurants/${id}`) },
    { name: 'REST, at the gateway', port: gateway, open: (port) => overHttp(port, `/restaurants/${id}`) },
    { name: 'GraphQL, at the gateway', port: gateway, open: (port) => overHttp(port, '/graphql', queryOf(id)) },
    { name: 'GraphQL, only the name', port: gateway, open: (port) => overHttp(port, '/graphql', `{ restaurant(id: "${id}") { name } }`) },
  ];
  const figures = new Map<Way, Figures>(ways.map((way) => [way, { latencies: [], perSecond: [] }]));
  for (const way of ways) await run(way, 2, clients);
  for (let round = 1; round <= rounds; round++) {
    for (const [way, { latencies, perSecond }] of figures) {
      latencies.push(...(await run(way, seconds, 1)));
      perSecond.push((await run(way, seconds, clients)).length / seconds);
    }
    console.log(`round ${round} of ${rounds} is done`);
  }
  await report(figures);
}

async function report(figures: ReadonlyMap<Way, Figures>): Promise<void> {
  const rows = await Promise.all(
    [...figures].map(async ([way, { latencies, perSecond }]) => {
      const { sent, received } = await bytesOf(way);
      const [p50, p99] = [median(latencies), percentile(latencies, 0.99)];
      return [way.name, p50.toFixed(2), p99.toFixed(2), thousands(median(perSecond)), thousands(sent), thousands(received)];
    }),
  );
  console.log(`\nA restaurant with ${items} items; ${rounds} rounds of ${seconds} s each; latency of 1 client, throughput of ${clients}\n`);
  console.log(table(['', 'p50, ms', 'p99, ms', 'requests/s', 'bytes sent', 'bytes received'], rows));
  const [grpc, , rest] = [...figures.values()].map(({ latencies }) => median(latencies)) as [number, number, number];
  console.log(`\noverhead of the gateway, REST there compared with gRPC at the service: p50 ${(rest - grpc).toFixed(2)} ms (goal: < 2 ms)`);
}

async function aRestaurant(url: string): Promise<number> {
  const address = { street1: '1 Main Street', city: 'Oakland', state: 'CA', zip: '94611' };
  const menuItems = Array.from({ length: items }, (_, i) => ({ id: String(i + 1), name: `Chicken Vindaloo ${i + 1}`, price: '12.34' }));
  return (await post<{ id: number }>(`${url}/restaurants`, { name: 'Ajanta', address, menu: { menuItems } })).id;
}

function queryOf(id: number): string {
  return `{ restaurant(id: "${id}") { id name address { street1 city state zip } menu { id name price } orderMinimum } }`;
}

function overGrpc(port: number, restaurantId: number) {
  const client = grpcClient(RestaurantServiceApi, { url: `127.0.0.1:${port}` });
  return { read: async () => void (await client.calls.getRestaurant({ restaurantId })), close: () => client.close() };
}

/** With a GraphQL query a POST, otherwise a GET. */
function overHttp(port: number, path: string, query?: string) {
  const body = query && JSON.stringify({ query });
  const options = body
    ? {
        host: '127.0.0.1',
        port,
        path,
        agent,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      }
    : { host: '127.0.0.1', port, path, agent };
  const read = () =>
    new Promise<void>((resolve, reject) => {
      const sent = request(options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('end', () => {
          const { data, errors } = JSON.parse(text) as { data?: object; errors?: object };
          if (response.statusCode === 200 && !errors && (!query || data)) resolve();
          else reject(new Error(`${path}: ${response.statusCode} ${text.slice(0, 300)}`));
        });
      });
      sent.once('error', reject);
      sent.end(body);
    });
  return { read, close: () => undefined };
}

/** The latencies, in ms, of clients that read one after the other without a pause. */
async function run(way: Way, forSeconds: number, concurrency: number): Promise<number[]> {
  const client = way.open(way.port);
  const latencies: number[] = [];
  const end = performance.now() + forSeconds * 1_000;
  const reader = async (): Promise<void> => {
    while (performance.now() < end) {
      const began = performance.now();
      await client.read();
      latencies.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, reader));
  client.close();
  return latencies;
}

/** The bytes of one read on an open connection, with headers. */
async function bytesOf(way: Way): Promise<{ sent: number; received: number }> {
  const proxy: CountingProxy = await countingProxy(way.port);
  const client = way.open(proxy.port);
  await client.read();
  proxy.take();
  for (let i = 0; i < countedReads; i++) await client.read();
  const { sent, received } = proxy.take();
  client.close();
  proxy.close();
  return { sent: sent / countedReads, received: received / countedReads };
}
