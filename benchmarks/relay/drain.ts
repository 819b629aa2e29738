import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cpuSeconds } from '../proc.js';
import type { Peer } from './peers.js';
import { type Figures, listen, Run, round, sleep } from './run.js';
import type { Stack } from './stack.js';

const limitMs = 300_000;

/** Measures how fast a backlog is drained. */
export async function drain(stack: Stack, peer: Peer, folder: string, options: { rows: number; slotFrom: string }): Promise<Figures> {
  await stack.truncateTopic();
  const run = await Run.start(stack, peer, folder, options.slotFrom);
  const startedAt = performance.now();
  const { curve, walSenderCpu, relayCpu, foreignPercent, peak } = await watch(run, options.rows, startedAt);
  const done = curve.at(-1)?.done ?? 0;
  if (run.hasExited)
    throw new Error(`${peer.name} exited after ${done} messages: ${readFileSync(join(folder, 'log'), 'utf8').slice(-2_000)}`);
  const at = (share: number) => curve.find((point) => point.done >= done * share) as Point;
  const [from, to] = [at(0.1), at(0.9)];
  await sleep(300);
  await run.stop();
  return {
    peer: peer.name,
    messages: done,
    'middle 80 %, /s': Math.round(((to.done - from.done) / (to.at - from.at)) * 1000),
    'from start, s': round(((curve.at(-1)?.at ?? startedAt) - startedAt) / 1000),
    'peak memory, MiB': Math.round(peak),
    'relay CPU, s': round(relayCpu),
    'walsender CPU, s': round(walSenderCpu),
    'foreign CPU, %': Math.round(foreignPercent),
    ...(peer.read ? {} : await verify(stack, options.rows)),
  };
}

interface Point {
  readonly at: number;
  readonly done: number;
}

async function watch(run: Run, rows: number, startedAt: number) {
  const foreign = run.foreignCpu();
  const curve: Point[] = [];
  let [relayCpu, walSenderCpu, peak] = [0, 0, 0];
  let walSender: number | undefined;
  for (;;) {
    await sleep(100);
    const done = run.peer.read?.() ?? (await run.stack.recordsInTopic());
    curve.push({ at: performance.now(), done });
    relayCpu = run.cpu || relayCpu;
    peak = run.peakMemoryMiB || peak;
    walSender ??= await run.walSenderPid();
    walSenderCpu = cpuSeconds(walSender) || walSenderCpu;
    if (done >= rows || run.hasExited || performance.now() - startedAt > limitMs) break;
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { curve, relayCpu, walSenderCpu, peak, foreignPercent: ((run.foreignCpu() - foreign) / seconds) * 50 };
}

/** Reads everything back to find missing, duplicate and reordered messages. */
async function verify(stack: Stack, rows: number): Promise<Figures> {
  const ids = new Set<string>();
  const last = new Map<string, number>();
  let [repeated, disorder] = [0, 0];
  const listener = await listen(stack, ({ id, key, sequence }) => {
    if (ids.has(id)) {
      repeated++;
      return;
    }
    ids.add(id);
    if ((last.get(key) ?? 0) > sequence) disorder++;
    last.set(key, sequence);
  });
  const deadline = performance.now() + 120_000;
  const expected = await stack.recordsInTopic();
  while (ids.size + repeated < expected && performance.now() < deadline) await sleep(50);
  await listener.close();
  return { lost: rows - ids.size, repeated, disorder };
}
