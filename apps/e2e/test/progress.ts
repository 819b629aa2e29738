import { setTimeout as pause } from 'node:timers/promises';

/** One observation of something in progress. */
export interface Observation<Result> {
  readonly isDone: boolean;
  /** Changes while there is progress. */
  readonly picture: string;
  readonly result: Result;
}

const pollMs = 200;

/**
 * Polls while there is progress, and returns the last observation: done, or unchanged for too long. The total time depends
 * on the machine; a lack of progress does not. A failed poll counts as no progress.
 */
export async function whileInProgress<Result>(
  observe: () => Promise<Observation<Result>>,
  stalledAfterMs = 20_000,
): Promise<Observation<Result>> {
  let last: Observation<Result> | undefined;
  let failure: unknown;
  let movedAt = performance.now();
  for (;;) {
    try {
      const seen = await observe();
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
    await pause(pollMs);
  }
}
