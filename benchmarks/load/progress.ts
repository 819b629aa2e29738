import type { FollowedOrders } from './followed-orders.js';
import type { Measures } from './measures.js';
import type { Requests } from './requests.js';
import type { Traffic } from './traffic.js';

export interface Observed {
  readonly traffic: Traffic;
  readonly requests: Requests;
  readonly measures: Measures;
  readonly followed: FollowedOrders;
}

/** Reports what has happened since the last line, and how much is in progress. */
export function reportEachSecond({ traffic, requests, measures, followed }: Observed, report: (line: string) => void) {
  let [second, due, accepted, approved] = [0, 0, 0, 0];
  const timer = setInterval(() => {
    const { counts, awaitingApproval } = followed;
    const orders = `orders/s: ${traffic.due - due} due, ${counts.accepted - accepted} accepted, ${counts.approved - approved} approved`;
    const inProgress = `requests in flight: ${requests.inFlight}; orders awaiting approval: ${awaitingApproval}`;
    report(`${String(++second).padStart(5)} s  ${orders}; ${inProgress}; errors: ${measures.errorCount}`);
    [due, accepted, approved] = [traffic.due, counts.accepted, counts.approved];
  }, 1_000);
  return { stop: () => clearInterval(timer) };
}
