import { setTimeout as pause } from 'node:timers/promises';

/** One look at something that is on its way. */
export interface Look<Result> {
  readonly isDone: boolean;
  /** Changes while there is progress. */
  readonly picture: string;
  readonly result: Result;
}

const betweenLooksMs = 200;

/**
 * Looks again and again while there is progress, and returns what it saw last: done, or unchanged for too long. How long
 * the whole takes depends on the machine; that nothing moves any more does not. A look that fails shows no progress.
 */
export async function whileItMoves<Result>(look: () => Promise<Look<Result>>, stalledAfterMs = 20_000): Promise<Look<Result>> {
  let last: Look<Result> | undefined;
  let failure: unknown;
  let movedAt = performance.now();
  for (;;) {
    try {
      const seen = await look();
      if (seen.isDone) return seen;
      if (seen.picture !== last?.picture) movedAt = performance.now();
      last = seen;
    } catch (error) {
      failure = error;
    }
    if (performance.now() - movedAt > stalledAfterMs) {
      if (last) return last;
      throw failure;
    }
    await pause(betweenLooksMs);
  }
}
