import { setTimeout as sleep } from 'node:timers/promises';

/** The time limit and the interval. */
export interface Patience {
  /** Default 30 s: a generous limit costs nothing if it is not needed, and machines can be busy. */
  readonly timeoutMs?: number;
  /** The first one; it grows to a tenth of the time waited, up to 250 ms. Default 20 ms. */
  readonly intervalMs?: number;
}

/** Many specs wait at the same time, and each attempt takes time of a processor. */
const longestIntervalMs = 250;

/** Why every further attempt would fail; undefined if it may succeed. */
type Obstacle = () => string | undefined;

const obstacles = new Set<Obstacle>();

/** Ends every wait with the reason as soon as there is an obstacle. The returned function reverts this. */
export function endWaitsAt(obstacle: Obstacle): () => void {
  obstacles.add(obstacle);
  return () => void obstacles.delete(obstacle);
}

/**
 * Retries until the assertions hold, and returns their result; at the time limit it throws the last failure. An attempt that
 * hangs until then counts as failed. Ends immediately if an obstacle is known.
 */
export async function eventually<Result>(
  attempt: () => Result | Promise<Result>,
  { timeoutMs = 30_000, intervalMs = 20 }: Patience = {},
): Promise<Result> {
  const began = performance.now();
  const end = began + timeoutMs;
  let failure: unknown = new Error('the attempt did not return');
  while (performance.now() < end) {
    const outcome = await Promise.race([settle(attempt), sleep(Math.max(0, end - performance.now()), undefined)]);
    if (outcome?.isDone) return outcome.result;
    if (outcome) failure = outcome.error;
    const obstacle = firstObstacle();
    if (obstacle) throw atCaller(new Error(obstacle));
    const interval = Math.max(intervalMs, Math.min(longestIntervalMs, (performance.now() - began) / 10));
    await sleep(Math.min(interval, Math.max(0, end - performance.now())));
  }
  if (failure instanceof Error) failure.message = `timed out after ${timeoutMs} ms: ${failure.message}`;
  throw failure;
}

/** The stack of the error begins where the wait was called. */
function atCaller(error: Error): Error {
  Error.captureStackTrace(error, eventually);
  return error;
}

function firstObstacle(): string | undefined {
  for (const obstacle of obstacles) {
    const reason = obstacle();
    if (reason) return reason;
  }
  return undefined;
}

type Outcome<Result> = { isDone: true; result: Result } | { isDone: false; error: unknown };

async function settle<Result>(attempt: () => Result | Promise<Result>): Promise<Outcome<Result>> {
  try {
    return { isDone: true, result: await attempt() };
  } catch (error) {
    return { isDone: false, error };
  }
}
