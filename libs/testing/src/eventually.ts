import { setTimeout as sleep } from 'node:timers/promises';

/** How long, and how often. */
export interface Patience {
  /** 30 s when not said: it costs nothing where it is not needed, and machines can be busy. */
  readonly timeoutMs?: number;
  /** 20 ms when not said. */
  readonly intervalMs?: number;
}

/**
 * Tries until the assertions hold, and returns what they return; when the time is over it throws the last failure. An
 * attempt that hangs counts as failed when the time is over.
 */
export async function eventually<Result>(
  attempt: () => Result | Promise<Result>,
  { timeoutMs = 30_000, intervalMs = 20 }: Patience = {},
): Promise<Result> {
  const end = performance.now() + timeoutMs;
  let failure: unknown = new Error('the attempt did not come back');
  while (performance.now() < end) {
    const outcome = await Promise.race([settle(attempt), sleep(Math.max(0, end - performance.now()), undefined)]);
    if (outcome?.isDone) return outcome.result;
    if (outcome) failure = outcome.error;
    await sleep(Math.min(intervalMs, Math.max(0, end - performance.now())));
  }
  if (failure instanceof Error) failure.message = `not within ${timeoutMs} ms: ${failure.message}`;
  throw failure;
}

type Outcome<Result> = { isDone: true; result: Result } | { isDone: false; error: unknown };

async function settle<Result>(attempt: () => Result | Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { isDone: true, result: await attempt() };
  } catch (error) {
    return { isDone: false, error };
  }
}
