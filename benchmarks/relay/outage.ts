import { residentMiB } from '../proc.js';
import type { Peer } from './peers.js';
import { type Figures, listen, Run, round, sleep } from './run.js';
import type { Stack } from './stack.js';
import { now, Writer } from './writer.js';

const warmUpSeconds = 20;
const catchUpWithinMs = 300_000;

/** Measures the memory of a relay while the broker is down and messages are written, and the time that it needs to catch up. */
export async function outage(stack: Stack, peer: Peer, folder: string, options: { rate: number; minutes: number }): Promise<Figures> {
  await stack.truncateTopic();
  const arrived = new Set<string>();
  let repeated = 0;
  const listener = await listen(stack, ({ id }) => void (arrived.has(id) ? repeated++ : arrived.add(id)));
  const run = await Run.start(stack, peer, folder);
  const writer = await Writer.open(stack, peer.table);
  const memory = sampled(() => residentMiB(run.child.pid));
  const lost = () => writer.measured.filter(({ id }) => !arrived.has(id)).length;
  try {
    await writer.load(options.rate, warmUpSeconds);
    const before = memory.largest();
    await stack.kafka.kill();
    await writer.load(options.rate, options.minutes * 60);
    const during = memory.largest();
    const waiting = lost();
    await stack.kafka.start();
    const backAt = now();
    while (lost() > 0 && now() - backAt < catchUpWithinMs) await sleep(100);
    return {
      peer: peer.name,
      'down, min': options.minutes,
      'messages meanwhile': waiting,
      'memory before, MiB': Math.round(before),
      'memory while down, MiB': Math.round(during),
      'memory while catching up, MiB': Math.round(memory.largest()),
      'catching up, s': round((now() - backAt) / 1000),
      lost: lost(),
      repeated,
    };
  } finally {
    memory.end();
    await writer.close();
    await run.stop();
    await listener.close();
  }
}

/** The largest value since the last call, of samples taken each second. */
function sampled(read: () => number): { largest(): number; end(): void } {
  let largest = 0;
  const timer = setInterval(() => (largest = Math.max(largest, read())), 1_000);
  return {
    largest() {
      const value = largest;
      largest = 0;
      return value;
    },
    end: () => clearInterval(timer),
  };
}
