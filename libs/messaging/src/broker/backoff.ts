/** Pause before the n-th try after the first (n from 0): doubling, capped, with up to a fifth less so that many do not act as one. */
export function backoffMs(retry: number, first: number, cap: number): number {
  const full = Math.min(first * 2 ** Math.min(retry, 30), cap);
  return full * (0.8 + Math.random() * 0.2);
}

/** Resolves after `ms`, or as soon as the signal aborts. Never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}

/** Resolves with `work`, or after `ms` without it. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const limit = new AbortController();
  const done = work.then(
    () => limit.abort(),
    () => limit.abort(),
  );
  await Promise.race([pause(ms, limit.signal), done]);
  limit.abort();
}
