/**
 * A question that is answered by a chain of four synchronous calls, and by a replica in the first service: the share of requests
 * that succeed while one service of the chain is down for 10 % of the time, and the latency.
 * `npm run bench -- chain [seconds] [requests per second]`
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RestaurantServiceApi } from '@ftgo/contracts/restaurant';
import { grpcClient } from '@ftgo/rpc';
import { freePort, waitUntil } from '@ftgo/runner/processes';
import { fromSource, repository } from '@ftgo/runner/workspace';
import { faultProxy } from '@ftgo/testing';
import { machine, median, percentile, table } from '../report.js';

const [seconds = 60, rate = 50] = process.argv.slice(2).map(Number);
const calls = 4;
/** In each period, the third service of the chain refuses connections for a tenth of it, as if it were restarted. */
const periodMs = 10_000;
const downMs = 1_000;

interface Outcome {
  /** The code of the error; undefined for success. */
  readonly error: string | undefined;
  readonly ms: number;
}

/** A service of the chain; `next` is the address that it calls. */
class Link {
  private child: ChildProcess | undefined;

  private constructor(
    readonly name: string,
    private readonly ports: { readonly http: number; readonly grpc: number },
    private readonly next: string | undefined,
  ) {}

  static async started(name: string, next?: string): Promise<Link> {
    const link = new Link(name, { http: await freePort(), grpc: await freePort() }, next);
    link.start();
    await waitUntil(() => link.isReady(), { withinMs: 60_000 });
    return link;
  }

  get address(): string {
    return `127.0.0.1:${this.ports.grpc}`;
  }

  start(): void {
    const { http, grpc } = this.ports;
    const env = { ...process.env, BENCH_NAME: this.name, BENCH_HTTP_PORT: String(http), BENCH_GRPC_PORT: String(grpc) };
    const main = join(repository, 'benchmarks', 'chain', 'link.ts');
    const environment = this.next ? { ...env, BENCH_NEXT: this.next } : env;
    this.child = spawn(process.execPath, [...fromSource, main], {
      cwd: repository,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: environment,
    });
  }

  async stop(): Promise<void> {
    if (!this.child || this.child.exitCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  private async isReady(): Promise<boolean> {
    const response = await fetch(`http://127.0.0.1:${this.ports.http}/health/ready`).catch(() => undefined);
    return response?.ok === true;
  }
}

console.log(machine('@grpc/grpc-js'));
console.log(`${rate} requests/s for ${seconds} s; one service is down for ${downMs / 1_000} s of every ${periodMs / 1_000} s\nstarting …`);
const fourth = await Link.started('fourth');
const third = await Link.started('third', fourth.address);
const wayToThird = await faultProxy({ to: third.address });
const second = await Link.started('second', wayToThird.address);
const first = await Link.started('first', second.address);
const replica = await Link.started('replica');
try {
  await report();
} finally {
  await Promise.all([first, second, third, fourth, replica].map((link) => link.stop()));
  wayToThird.close();
}
process.exit(0);

async function report(): Promise<void> {
  await Promise.all([ask(first, 3), ask(replica, 3)]);
  const well = [await ask(first, seconds / 4), await ask(replica, seconds / 4)];
  const lost = well.flat().find(({ error }) => error !== undefined);
  if (lost) throw new Error(`a request failed although all services were up: ${lost.error}`);
  // At the same time, so that both see the same outages.
  const failing = outages(seconds);
  const down = await Promise.all([ask(first, seconds), ask(replica, seconds)]);
  await failing;
  const row = (name: string, [chain, own]: readonly Outcome[][]) => [
    [`chain of ${calls} calls, ${name}`, ...figuresOf(chain ?? [])],
    [`replica, ${name}`, ...figuresOf(own ?? [])],
  ];
  console.log(
    `\n${table(['', 'requests', 'succeeded', 'p50, ms', 'p99, ms', 'p99 of failures, ms'], [...row('all up', well), ...row('one down', down)])}`,
  );
}

async function outages(forSeconds: number): Promise<void> {
  const end = performance.now() + forSeconds * 1_000;
  while (performance.now() < end) {
    await pause(periodMs - downMs);
    await wayToThird.admit('refuse');
    wayToThird.cut();
    await pause(downMs);
    await wayToThird.admit('forward');
  }
}

function figuresOf(outcomes: readonly Outcome[]): string[] {
  const of = (succeeded: boolean) => outcomes.filter(({ error }) => (error === undefined) === succeeded).map(({ ms }) => ms);
  const [good, bad] = [of(true), of(false)];
  const ms = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(2));
  const share = `${((100 * good.length) / outcomes.length).toFixed(2)} %`;
  return [String(outcomes.length), share, ms(median(good)), ms(percentile(good, 0.99)), ms(percentile(bad, 0.99))];
}

/** Asks at a fixed rate, whether or not earlier requests have ended: users do not wait for each other. */
async function ask(link: Link, forSeconds: number): Promise<Outcome[]> {
  const client = grpcClient(RestaurantServiceApi, { url: link.address, dependency: link.name });
  const asked: Array<Promise<Outcome>> = [];
  const began = performance.now();
  for (let elapsed = 0; elapsed < forSeconds; elapsed = (performance.now() - began) / 1_000) {
    while (asked.length < elapsed * rate) asked.push(askOnce());
    await pause(5);
  }
  const outcomes = await Promise.all(asked);
  client.close();
  return outcomes;

  async function askOnce(): Promise<Outcome> {
    const sent = performance.now();
    const error = await client.calls.getRestaurant({ restaurantId: 3 }).then(
      () => undefined,
      (reason: unknown) => String(reason),
    );
    return { error, ms: performance.now() - sent };
  }
}
