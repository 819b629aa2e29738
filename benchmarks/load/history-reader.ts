import { setTimeout as sleep } from 'node:timers/promises';
import type { FollowedOrders, OrderView } from './followed-orders.js';
import type { FollowedOrder } from './order-actions.js';
import type { Requests } from './requests.js';

/** The most that following the orders may add to the load, whatever its rate. */
export const readsPerSecond = 10;

const pageSize = 100;
/** The clocks of this machine and of order-service may differ by this. */
const marginMs = 10_000;

interface Page {
  readonly orders: readonly OrderView[];
  readonly startKey: string | null;
}

/**
 * Learns what has happened to the orders by reading the histories of their consumers, one page of 100 orders after the other:
 * late by seconds, but a history contains the time of each event.
 */
export class HistoryReader {
  private isStopped = false;
  private readonly reading: Promise<void>;

  constructor(
    private readonly requests: Requests,
    private readonly followed: FollowedOrders,
  ) {
    this.reading = this.readAll();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.reading;
  }

  private async readAll(): Promise<void> {
    while (!this.isStopped) {
      const consumers = [...this.followed.byConsumer()];
      if (consumers.length === 0) await sleep(1_000 / readsPerSecond);
      for (const [consumerId, orders] of consumers) if (!this.isStopped) await this.read(consumerId, orders);
    }
  }

  /** The newest orders first, until all that are open were seen; one whose event has not arrived is not in the history. */
  private async read(consumerId: number, orders: readonly FollowedOrder[]): Promise<void> {
    const unseen = new Set(orders.map(({ id }) => id));
    const since = new Date(Math.min(...orders.map(({ dueAtMs }) => dueAtMs)) - marginMs).toISOString();
    for (let startKey: string | undefined | null; unseen.size > 0 && startKey !== null && !this.isStopped; ) {
      const query = new URLSearchParams({
        consumerId: String(consumerId),
        since,
        pageSize: String(pageSize),
        ...(startKey ? { startKey } : {}),
      });
      const paced = sleep(1_000 / readsPerSecond);
      const { body } = await this.requests.send<Page>({
        what: 'reads of histories, to follow orders',
        method: 'GET',
        path: `/orders?${query.toString()}`,
      });
      for (const view of body?.orders ?? []) {
        this.followed.note(view);
        unseen.delete(Number(view.orderId));
      }
      startKey = body?.startKey ?? null;
      await paced;
    }
  }
}
