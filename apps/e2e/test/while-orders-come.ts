import type { RunningSystem } from '@ftgo/testing';
import { expect } from 'vitest';
import type { Ftgo } from './ftgo.js';
import { invariants } from './invariants.js';
import { OrderStream, type StreamOptions } from './order-stream.js';

/** Causes a fault while orders are being placed; in the end every order is approved and all invariants hold. */
export async function whileOrdersCome(
  ftgo: Ftgo<RunningSystem>,
  options: StreamOptions,
  fault: (orders: OrderStream) => Promise<void>,
): Promise<void> {
  const newest = await ftgo.databases.number('ftgo_order', 'SELECT coalesce(max(id), 0) AS n FROM orders');
  const orders = new OrderStream(ftgo, options);
  try {
    await orders.more(10);
    await fault(orders);
    await orders.more(10);
  } finally {
    await orders.stop();
  }
  await expectAllApproved(ftgo, await orders.stop(), newest);
}

/** Accepted orders exist; orders without a response are approved if they exist. */
export async function expectAllApproved(ftgo: Ftgo<RunningSystem>, accepted: readonly number[], newerThan = 0): Promise<void> {
  await ftgo.untilApproved(accepted);
  expect(await invariants(ftgo)).toEqual([]);
  const newer = 'SELECT DISTINCT state FROM orders WHERE id > $1';
  const states = await ftgo.databases.rows<{ state: string }>('ftgo_order', newer, [newerThan]);
  expect(states.map(({ state }) => state)).toEqual(['APPROVED']);
}
