import type { ChildProcess } from 'node:child_process';
import type { Peer } from './peers.js';
import { type Figures, listen, Run, round, sleep } from './run.js';
import type { Stack } from './stack.js';
import { now, Writer } from './writer.js';

const [warmUpSeconds, watchedSeconds] = [10, 30];

/** Measures for how long nothing arrives when the leading relay ends and a standby takes over. */
export async function takeOver(stack: Stack, peer: Peer, folder: string, rate: number): Promise<Figures[]> {
  await stack.truncateTopic();
  const arrivals: number[] = [];
  const arrived = new Set<string>();
  const listener = await listen(stack, ({ id }) => {
    arrived.add(id);
    arrivals.push(now());
  });
  const run = await Run.start(stack, peer, folder);
  const writer = await Writer.open(stack, peer.table);
  const figures: Figures[] = [];
  let leader: ChildProcess = run.child;
  try {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      await writer.load(rate, warmUpSeconds);
      const standby = peer.start(stack, run.slot, `${folder}-${signal}`);
      await writer.load(rate, warmUpSeconds);
      const from = arrivals.length - 1;
      leader.kill(signal);
      await writer.load(rate, watchedSeconds);
      leader = standby;
      const times = [...arrivals.slice(from), now()];
      const longest = Math.max(...times.slice(1).map((at, i) => at - (times[i] as number)));
      figures.push({ 'the leader gets': signal, 'nothing arrives for, s': round(longest / 1000, 2), 'transactions/s': rate });
    }
    await writer.settled();
    for (let tries = 0; tries < 100 && writer.measured.some(({ id }) => !arrived.has(id)); tries++) await sleep(100);
    return figures.map((row) => ({ ...row, lost: writer.measured.filter(({ id }) => !arrived.has(id)).length }));
  } finally {
    leader.kill('SIGKILL');
    await writer.close();
    await run.stop();
    await listener.close();
  }
}
