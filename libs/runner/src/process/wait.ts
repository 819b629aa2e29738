import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until the answer is yes; false when the time is over. */
export async function waitUntil(
  isSo: () => boolean | Promise<boolean>,
  { withinMs, everyMs = 25 }: { withinMs: number; everyMs?: number },
): Promise<boolean> {
  const end = performance.now() + withinMs;
  for (;;) {
    if (await isSo()) return true;
    if (performance.now() >= end) return false;
    await sleep(everyMs);
  }
}
