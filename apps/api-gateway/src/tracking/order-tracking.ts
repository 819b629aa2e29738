import { setTimeout as pause } from 'node:timers/promises';
import type { CourierMoved, PositionDetails } from '@ftgo/contracts/delivery';
import type { TimelineEntryDetails } from '@ftgo/contracts/orderhistory';
import { DomainError } from '@ftgo/kernel';
import { Access } from '@ftgo/platform';
import { Injectable, Logger } from '@nestjs/common';
import { OrderHistoryServiceProxy } from '../history/order-history-service.proxy.js';
import { OrderServiceProxy } from '../orders/order-service.proxy.js';
import { ServiceIdentity } from '../service-identity.js';
import { LiveOrders, type OrderListener } from './live-orders.js';

const retryMs = 1_000;

/** Where the courier is. It has no number and is not replayed. */
export interface CourierPosition {
  readonly n?: undefined;
  readonly at: Date;
  readonly type: 'CourierMoved';
  readonly position: PositionDetails;
}

export type TrackedEvent = TimelineEntryDetails | CourierPosition;

/** What happens to an order, for clients that follow it: first what they have not seen yet, then what is added. */
@Injectable()
export class OrderTracking {
  constructor(
    private readonly live: LiveOrders,
    private readonly history: OrderHistoryServiceProxy,
    private readonly orders: OrderServiceProxy,
    private readonly identity: ServiceIdentity,
    private readonly access: Access,
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
   * Passes on every entry after a number once and in order, from the timeline and then live, until it is closed, and the
   * courier's positions as they arrive. The caller must have called `hasEnded`, which rejects the orders of others.
   */
  async follow(orderId: number, after: number, onEvent: (event: TrackedEvent) => void): Promise<FollowedOrder> {
    const replay: Replay = (last, pass) =>
      this.identity.run(async () => {
        for await (const { entry } of this.history.replayTimeline({ orderId, after: last, follow: false })) if (!pass(entry)) return;
      });
    const shown = this.access.seesActors ? onEvent : (event: TrackedEvent) => onEvent(withoutActor(event));
    const followed = new FollowedOrder(orderId, after, replay, shown);
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

function withoutActor(event: TrackedEvent): TrackedEvent {
  if (event.n === undefined) return event;
  const { actor: _, ...entry } = event;
  return entry;
}

/** Passes on the entries after a number, until `pass` returns false. */
type Replay = (after: number, pass: (entry: TimelineEntryDetails) => boolean) => Promise<void>;

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
    private readonly replay: Replay,
    private readonly onEvent: (event: TrackedEvent) => void,
  ) {}

  /** An entry that does not follow the last one is read from the timeline, with those before it. */
  added(entry: TimelineEntryDetails): void {
    if (entry.n <= this.last) return;
    if (!this.isReading && entry.n === this.last + 1) this.pass(entry);
    else this.missed();
  }

  moved({ at, position }: CourierMoved): void {
    if (!this.isClosed && !this.isReading) this.onEvent({ at, type: 'CourierMoved', position });
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
        await this.replay(this.last, (entry) => {
          this.pass(entry);
          return !this.isClosed;
        });
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
    this.onEvent(entry);
  }
}
