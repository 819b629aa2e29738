import { setTimeout as pause } from 'node:timers/promises';
import type { TimelineEntryDetails } from '@ftgo/contracts/orderhistory';
import { DomainError } from '@ftgo/kernel';
import { Injectable, Logger } from '@nestjs/common';
import { OrderHistoryServiceProxy } from '../history/order-history-service.proxy.js';
import { OrderServiceProxy } from '../orders/order-service.proxy.js';
import { ServiceIdentity } from '../service-identity.js';
import { LiveOrders, type OrderListener } from './live-orders.js';

const retryMs = 1_000;
/** As in ListTimeline. */
const pageSize = 500;

/** What happened to an order, for clients that follow it: first what they have not seen, then what is added. */
@Injectable()
export class OrderTracking {
  constructor(
    private readonly live: LiveOrders,
    private readonly history: OrderHistoryServiceProxy,
    private readonly orders: OrderServiceProxy,
    private readonly identity: ServiceIdentity,
  ) {}

  /** Whether the order has ended: nothing is expected to happen to it any more. Throws OrderNotFound. */
  async hasEnded(orderId: number): Promise<boolean> {
    try {
      const { order } = await this.history.getOrder({ orderId });
      return order.status === 'REJECTED' || order.status === 'CANCELLED' || order.deliveryStatus === 'DELIVERED';
    } catch (error) {
      if (!(error instanceof DomainError && error.kind === 'not-found')) throw error;
    }
    // A new order may not have reached the history yet.
    await this.orders.getOrder({ orderId });
    return false;
  }

  /**
   * Passes on every entry after a number once and in order, from the timeline and then live, until it is closed. The caller has asked
   * `hasEnded`, which rejects the orders of others.
   */
  async follow(orderId: number, after: number, onEntry: (entry: TimelineEntryDetails) => void): Promise<FollowedOrder> {
    const read: ReadTimeline = (request) => this.identity.run(() => this.history.listTimeline(request));
    const followed = new FollowedOrder(orderId, after, read, onEntry);
    followed.stopListening = this.live.listen(orderId, followed);
    try {
      await followed.catchUp();
    } catch (error) {
      followed.close();
      throw error;
    }
    return followed;
  }
}

type ReadTimeline = OrderHistoryServiceProxy['listTimeline'];

/** One client's progress on one order. */
export class FollowedOrder implements OrderListener {
  stopListening: () => void = () => undefined;
  private readonly log = new Logger(OrderTracking.name);
  private isReading = false;
  private mustReadAgain = false;
  private isClosed = false;

  constructor(
    private readonly orderId: number,
    /** The number of the last entry that was passed on. */
    private last: number,
    private readonly read: ReadTimeline,
    private readonly onEntry: (entry: TimelineEntryDetails) => void,
  ) {}

  /** An entry that does not follow the last one is read from the timeline, with those before it. */
  added(entry: TimelineEntryDetails): void {
    if (entry.n <= this.last) return;
    if (!this.isReading && entry.n === this.last + 1) this.pass(entry);
    else this.missed();
  }

  missed(): void {
    this.mustReadAgain = true;
    if (!this.isReading) void this.catchUpInTime();
  }

  close(): void {
    this.isClosed = true;
    this.stopListening();
  }

  async catchUp(): Promise<void> {
    this.isReading = true;
    try {
      do {
        this.mustReadAgain = false;
        const { entries } = await this.read({ orderId: this.orderId, after: this.last });
        for (const entry of entries) this.pass(entry);
        if (entries.length === pageSize) this.mustReadAgain = true;
      } while (this.mustReadAgain && !this.isClosed);
    } finally {
      this.isReading = false;
    }
  }

  /** The client is connected already: the history may be down for a while. */
  private async catchUpInTime(): Promise<void> {
    while (this.mustReadAgain && !this.isClosed) {
      try {
        await this.catchUp();
      } catch (error) {
        this.mustReadAgain = true;
        this.log.warn({ orderId: this.orderId, reason: (error as Error).message }, 'timeline cannot be read yet');
        await pause(retryMs, undefined, { ref: false });
      }
    }
  }

  private pass(entry: TimelineEntryDetails): void {
    if (this.isClosed || entry.n <= this.last) return;
    this.last = entry.n;
    this.onEntry(entry);
  }
}
