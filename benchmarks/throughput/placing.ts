import type { TestSystem } from '@ftgo/testing';
import { post, watchApprovals } from '../order/orders.js';
import { orderBodies } from './orders.js';

/** Times of one order, by `performance.now()`. */
export interface Placed {
  readonly beganAt: number;
  readonly answeredAt: number;
  readonly approvedAt: number;
}

export interface Load {
  readonly clients: number;
  /** Orders of one client that are not APPROVED yet; with the next, it waits. */
  readonly inFlight: number;
  readonly seconds: number;
}

/** Places orders without pause for some time; resolves when all are APPROVED. */
export async function placeOrders(system: TestSystem, { clients, inFlight, seconds }: Load): Promise<Placed[]> {
  const gateway = system.urls['api-gateway'] ?? '';
  const bodies = await orderBodies(system);
  const approvals = await watchApprovals(system.broker);
  const placed: Placed[] = [];
  const until = performance.now() + seconds * 1_000;
  let next = 0;
  const place = async (): Promise<void> => {
    while (performance.now() < until) {
      const beganAt = performance.now();
      const { orderId } = await post<{ orderId: number }>(`${gateway}/orders`, bodies[next++ % bodies.length] as object);
      const answeredAt = performance.now();
      placed.push({ beganAt, answeredAt, approvedAt: await approvals.of(String(orderId)) });
    }
  };
  await Promise.all(Array.from({ length: clients * inFlight }, place));
  await approvals.close();
  return placed;
}
