import { setTimeout as sleep } from 'node:timers/promises';
import type { FollowedOrders } from './followed-orders.js';
import type { Requests } from './requests.js';

/** An order that is in a saga, or of which order-service has not reported the state. */
export interface NotEnded {
  readonly orderId: number;
  readonly state: string;
}

const settled = ['APPROVED', 'REJECTED', 'CANCELLED'];
const atOnce = 10;

/** Resolves when all orders have ended, or when none of them has changed for this time. */
export async function untilEnded(followed: FollowedOrders, stalledAfterMs: number, report: (line: string) => void): Promise<void> {
  if (followed.size > 0) report(`waiting for orders in progress to end: ${followed.size}`);
  let changedAt = performance.now();
  let last = '';
  while (followed.size > 0 && performance.now() - changedAt < stalledAfterMs) {
    const now = JSON.stringify([followed.size, followed.counts]);
    if (now !== last) changedAt = performance.now();
    last = now;
    await sleep(200);
  }
}

/**
 * The accepted orders that have not ended, by order-service itself: it alone knows, and a history may be late. Most have been
 * seen to end before; the rest are asked for one by one.
 */
export async function ordersNotEnded(followed: FollowedOrders, requests: Requests): Promise<NotEnded[]> {
  const ids = [...followed.notKnownToHaveEnded];
  const notEnded: NotEnded[] = [];
  const check = async () => {
    for (let orderId = ids.shift(); orderId !== undefined; orderId = ids.shift()) {
      const { body, code } = await requests.send<{ orderInfo: { state: string } }>({
        what: 'reads of orders, at the end',
        method: 'GET',
        path: `/orders/${orderId}`,
      });
      const state = body?.orderInfo.state ?? `unknown: ${code}`;
      if (!settled.includes(state)) notEnded.push({ orderId, state });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, check));
  return notEnded.toSorted((a, b) => a.orderId - b.orderId);
}
