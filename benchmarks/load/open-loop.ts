import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { Arrival } from './arrivals.js';

/**
 * Starts every arrival at its time, no matter how long earlier ones take; resolves at the end of the duration. If this
 * process is late, an arrival keeps its time: latency is measured from then, so it includes the delay.
 */
export async function openLoop<Kind>(
  arrivals: Iterable<Arrival<Kind>>,
  forMs: number,
  start: (kind: Kind, dueAt: number) => void,
): Promise<void> {
  const beganAt = performance.now();
  for (const { kind, atMs } of arrivals) {
    if (atMs >= forMs) break;
    await until(beganAt + atMs);
    start(kind, beganAt + atMs);
  }
  await until(beganAt + forMs);
}

async function until(at: number): Promise<void> {
  // Responses are read between late arrivals too.
  if (at <= performance.now()) await setImmediate();
  for (let wait = at - performance.now(); wait > 0; wait = at - performance.now()) await sleep(Math.ceil(wait));
}
