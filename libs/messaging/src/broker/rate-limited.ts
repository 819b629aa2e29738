import type { OnProblem } from './partition-worker.js';

const repeatAfterMs = 10_000;

/** Reports a lasting problem now and then, not on every retry. */
export function rateLimited(report: OnProblem): OnProblem {
  const reportedAt = new Map<string, number>();
  return (what, error) => {
    const now = performance.now();
    if (now - (reportedAt.get(what) ?? Number.NEGATIVE_INFINITY) < repeatAfterMs) return;
    if (reportedAt.size > 1_000) reportedAt.clear();
    reportedAt.set(what, now);
    report(what, error);
  };
}
