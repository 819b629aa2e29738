import { cpuSeconds } from '../proc.js';
import type { Peer } from './peers.js';
import { type Figures, listen, Run, round, sleep } from './run.js';
import type { Stack } from './stack.js';
import { Writer } from './writer.js';

const warmUpSeconds = 6;

/** Measures from commit to arrival, at a steady rate of one-row transactions that does not depend on the relay. */
export async function steady(stack: Stack, peer: Peer, folder: string, options: { rate: number; seconds: number }): Promise<Figures> {
  await stack.truncateTopic();
  const arrivedAt = new Map<string, number>();
  let repeated = 0;
  const listener = await listen(stack, ({ id, at }) => {
    if (arrivedAt.has(id)) repeated++;
    else arrivedAt.set(id, at);
  });
  const run = await Run.start(stack, peer, folder);
  const writer = await Writer.open(stack, peer.table);
  try {
    for (let tries = 0; arrivedAt.size === 0 && tries < 300; tries++) {
      await writer.write();
      await sleep(100);
    }
    const used = await measure(run, writer, options);
    for (let tries = 0; tries < 100 && writer.measured.some(({ id }) => !arrivedAt.has(id)); tries++) await sleep(100);
    const waits = writer.measured.flatMap(({ id, committedAt }) =>
      arrivedAt.has(id) ? [(arrivedAt.get(id) as number) - committedAt] : [],
    );
    waits.sort((a, b) => a - b);
    const quantile = (share: number) => round(waits[Math.min(waits.length - 1, Math.floor(waits.length * share))] ?? Number.NaN, 2);
    return {
      peer: peer.name,
      'transactions/s': round(writer.measured.length / options.seconds, 0),
      'p50, ms': quantile(0.5),
      'p99, ms': quantile(0.99),
      'max, ms': quantile(1),
      ...used,
      'peak memory, MiB': Math.round(run.peakMemoryMiB),
      lost: writer.measured.length - waits.length,
      repeated,
    };
  } finally {
    await writer.close();
    await run.stop();
    await listener.close();
  }
}

async function measure(run: Run, writer: Writer, { rate, seconds }: { rate: number; seconds: number }): Promise<Figures> {
  const walSender = await run.walSenderPid();
  const usage = () => ({ relay: run.cpu, walSender: cpuSeconds(walSender), foreign: run.foreignCpu() });
  await writer.load(rate, warmUpSeconds);
  writer.measured.length = 0;
  const before = usage();
  await writer.load(rate, seconds);
  const after = usage();
  await writer.settled();
  return {
    'relay CPU, %': Math.round(((after.relay - before.relay) / seconds) * 100),
    'walsender CPU, %': Math.round(((after.walSender - before.walSender) / seconds) * 100),
    'foreign CPU, %': Math.round(((after.foreign - before.foreign) / seconds) * 50),
  };
}
