import { setTimeout as delay } from 'node:timers/promises';

/**
 * Pause before the n-th retry (n from 0): doubling, capped, and reduced by a random fifth at most, so that clients do not retry
 * in step.
 */
export function backoffMs(retry: number, first: number, cap: number): number {
  const full = Math.min(first * 2 ** Math.min(retry, 30), cap);
  return full * (0.8 + Math.random() * 0.2);
}

/** Resolves after `ms`, or as soon as the signal aborts. Never rejects. */
export const pause = (ms: number, signal: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}

/** Resolves with the result of `work`, or with undefined after `ms`. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  await Promise.race([pause(ms, limit.signal), work.catch(() => undefined)]);
  limit.abort();
}
