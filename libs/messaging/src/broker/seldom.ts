import type { OnTrouble } from './partition-worker.js';

const repeatTroubleMs = 10_000;

/** Trouble that lasts is reported now and then, not at every try. */
export function seldom(report: OnTrouble): OnTrouble {
  const reportedAt = new Map<string, number>();
  return (what, error) => {
    const now = performance.now();
    if (now - (reportedAt.get(what) ?? Number.NEGATIVE_INFINITY) < repeatTroubleMs) return;
    if (reportedAt.size > 1_000) reportedAt.clear();
    reportedAt.set(what, now);
    report(what, error);
  };
}
