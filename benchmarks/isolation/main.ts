/**
 * What the other routes of the gateway lose while a service hangs: the same requests to both routes, while the service responds
 * and while it hangs, alternately. Exits with 1 if less than 90 % is left.
 * `npm run bench -- isolation [seconds] [rounds] [requests per second]`
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { toBinary } from '@bufbuild/protobuf';
import { plainCodec } from '@ftgo/contracts/common';
import { ConsumerServiceApi } from '@ftgo/contracts/consumer';
import { KitchenServiceApi } from '@ftgo/contracts/kitchen';
import { freePort, waitUntil } from '@ftgo/runner/processes';
import { fromSource, repository } from '@ftgo/runner/workspace';
import { type FaultyServer, faultyServer } from '@ftgo/testing';
import { machine, median, table, thousands } from '../report.js';

const [seconds = 10, rounds = 3, rate = 200] = process.argv.slice(2).map(Number);
const clients = 32;
const enough = 0.9;
/** The route of the service that hangs gets requests at a fixed rate: users do not wait for each other. */
const hangingPath = '/tickets/17';
const otherPath = '/consumers/7';
const states = ['responds', 'hangs'] as const;

interface Measured {
  readonly perSecond: number;
  readonly ticketStatuses: Readonly<Record<string, number>>;
}

const ticket = { ticketId: 17, restaurantId: 3, state: 'ACCEPTED' as const, lineItems: [], createdAt: new Date(0) };
const consumer = { consumerId: 7, name: { firstName: 'Ada', lastName: 'Lovelace' } };
const [getTicket, getConsumer] = [KitchenServiceApi.method.getTicket.output, ConsumerServiceApi.method.getConsumer.output];
const kitchen = await played(toBinary(getTicket, plainCodec(getTicket).toMessage({ ticket })));
const consumers = await played(toBinary(getConsumer, plainCodec(getConsumer).toMessage({ consumer })));
const port = await freePort();
const gateway = startGateway();
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

console.log(machine('@grpc/grpc-js', 'fastify'));
console.log(`${clients} clients at ${otherPath}, ${rate} requests/s at ${hangingPath}; ${rounds} rounds of ${seconds} s each\n`);
await waitUntil(async () => (await statusOf(otherPath)) === '200' && (await statusOf(hangingPath)) === '200', { withinMs: 60_000 });
await measure(3);
const results: Record<(typeof states)[number], Measured[]> = { responds: [], hangs: [] };
for (let round = 1; round <= rounds; round++) {
  for (const state of states) {
    await kitchen.fail(state === 'responds' ? 'none' : 'omission');
    await waitUntil(async () => (await statusOf(hangingPath)) === (state === 'responds' ? '200' : '503'), { withinMs: 30_000 });
    const measured = await measure(seconds);
    results[state].push(measured);
    console.log(
      `round ${round}, ${state}: ${thousands(measured.perSecond)} requests/s; tickets ${JSON.stringify(measured.ticketStatuses)}`,
    );
  }
}
const medians = states.map((state) => median(results[state].map(({ perSecond }) => perSecond))) as [number, number];
const share = medians[1] / medians[0];
console.log(
  `\n${table(
    ['kitchen-service', 'requests/s of the other route'],
    states.map((state, i) => [state, thousands(medians[i] as number)]),
  )}`,
);
console.log(`${(share * 100).toFixed(1)} % of the other route’s throughput is left (wanted: ${enough * 100} %)`);
gateway.kill();
await Promise.all([kitchen.close(), consumers.close()]);
process.exit(share >= enough ? 0 : 1);

function played(correct: Uint8Array): Promise<FaultyServer> {
  return faultyServer({ protocol: 'grpc', correct, wrong: Buffer.alloc(0), lateMs: 60_000 });
}

function startGateway(): ChildProcess {
  const services = { ORDER: kitchen, CONSUMER: consumers, RESTAURANT: kitchen, KITCHEN: kitchen, DELIVERY: kitchen };
  const others = { ORDER_HISTORY: kitchen, ACCOUNTING: kitchen };
  const urls = Object.entries({ ...services, ...others }).map(([name, to]) => [`FTGO_${name}_GRPC_URL`, `127.0.0.1:${to.port}`]);
  const env = {
    ...Object.fromEntries(urls),
    FTGO_HTTP_PORT: String(port),
    FTGO_SERVICE_URLS: 'none=http://127.0.0.1:1',
    FTGO_KAFKA_BROKERS: '127.0.0.1:1',
  };
  const main = join(repository, 'apps', 'api-gateway', 'src', 'main.ts');
  return spawn(process.execPath, [...fromSource, main], { cwd: repository, stdio: 'ignore', env: { ...process.env, ...env } });
}

function statusOf(path: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(String(response.statusCode)));
    });
    sent.once('error', () => resolve('none'));
    sent.end();
  });
}

/** The throughput of the other route, with tickets requested at the fixed rate meanwhile. */
async function measure(forSeconds: number): Promise<Measured> {
  const statuses: Record<string, number> = {};
  const end = performance.now() + forSeconds * 1_000;
  const tickets = openLoop(end, async () => {
    const status = await statusOf(hangingPath);
    statuses[status] = (statuses[status] ?? 0) + 1;
  });
  let responses = 0;
  const client = async (): Promise<void> => {
    while (performance.now() < end) if ((await statusOf(otherPath)) === '200' && performance.now() < end) responses += 1;
  };
  await Promise.all(Array.from({ length: clients }, client));
  await tickets;
  return { perSecond: responses / forSeconds, ticketStatuses: statuses };
}

/** Starts the requests that are due, whether or not earlier ones have ended; resolves when all have. */
async function openLoop(end: number, send: () => Promise<void>): Promise<void> {
  const sent: Array<Promise<void>> = [];
  const startedAt = performance.now();
  while (performance.now() < end) {
    const due = ((performance.now() - startedAt) / 1_000) * rate;
    while (sent.length < due) sent.push(send());
    await pause(5);
  }
  await Promise.all(sent);
}
