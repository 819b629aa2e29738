import { InvalidRequest, id, problemBodyOf, problemOf, valid } from '@ftgo/platform';
import { caller, type Principal } from '@ftgo/security';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { mostUnreadBytes, type OpenStream, type OpenStreams } from './open-streams.js';
import type { FollowedOrder, OrderTracking } from './order-tracking.js';
import { entryJson } from './tracking.http.dto.js';

const mostOrders = 100;
const wentAway = 1001;
const tryAgainLater = 1013;

const wholeNumber = () => z.int().min(0);

const request = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscribe'), orderId: id(), after: wholeNumber().default(0) }),
  z.object({ type: z.literal('unsubscribe'), orderId: id() }),
]);

/** The order that a request names, if any, for the response to an invalid one. */
const subject = z.object({ orderId: z.int() });

export interface TrackingSocketOptions {
  readonly tracking: OrderTracking;
  readonly streams: OpenStreams;
  readonly traceId: string;
  /** Who opened the socket; undefined while security is off. */
  readonly principal: Principal | undefined;
}

interface Subscription {
  /** Undefined until the timeline so far is read. */
  followed?: FollowedOrder;
}

/** One client on `/ws`, which follows any number of orders, and may add and remove orders at any time. */
export class TrackingSocket implements OpenStream {
  private readonly orders = new Map<number, Subscription>();
  private isAlive = true;

  constructor(
    private readonly socket: WebSocket,
    private readonly options: TrackingSocketOptions,
  ) {
    socket.on('message', (data, isBinary) =>
      caller.run(options.principal, () => void this.received(isBinary ? undefined : (data as Buffer).toString())),
    );
    socket.on('pong', () => {
      this.isAlive = true;
    });
    socket.once('close', () => this.closed());
  }

  /** A client that did not respond to the last ping is lost, although its connection was never closed. */
  beat(): void {
    if (!this.isAlive) return this.socket.terminate();
    this.isAlive = false;
    this.socket.ping();
  }

  end(reason: string): void {
    this.socket.close(wentAway, reason);
    this.closed();
  }

  private async received(text: string | undefined): Promise<void> {
    const given = jsonOf(text);
    try {
      const asked = await valid(request, given);
      if (asked.type === 'subscribe') await this.subscribe(asked.orderId, asked.after);
      else this.unsubscribe(asked.orderId);
    } catch (error) {
      this.report(error, subject.safeParse(given).data?.orderId);
    }
  }

  private async subscribe(orderId: number, after: number): Promise<void> {
    if (!this.orders.has(orderId) && this.orders.size >= mostOrders)
      throw new InvalidRequest([{ pointer: '/orderId', detail: `a connection can follow at most ${mostOrders} orders` }]);
    this.unsubscribe(orderId);
    const subscription: Subscription = {};
    this.orders.set(orderId, subscription);
    const isCurrent = (): boolean => this.orders.get(orderId) === subscription && !this.isClosed;
    try {
      await this.options.tracking.hasEnded(orderId);
      const followed = await this.options.tracking.follow(orderId, after, (entry) => {
        if (isCurrent()) this.send({ type: 'event', orderId, event: entryJson(entry) });
      });
      if (isCurrent()) subscription.followed = followed;
      else followed.close();
    } catch (error) {
      if (!isCurrent()) return;
      this.orders.delete(orderId);
      throw error;
    }
  }

  private unsubscribe(orderId: number): void {
    this.orders.get(orderId)?.followed?.close();
    this.orders.delete(orderId);
  }

  private report(error: unknown, orderId: number | undefined): void {
    const source = { instance: orderId === undefined ? '/ws' : `/orders/${orderId}`, traceId: this.options.traceId };
    this.send({ type: 'error', orderId, problem: JSON.parse(problemBodyOf(problemOf(error), source)) as object });
  }

  private send(message: object): void {
    if (this.isClosed) return;
    this.socket.send(JSON.stringify(message));
    if (this.socket.bufferedAmount > mostUnreadBytes) this.drop();
  }

  /** The code comes after what is unread: a client that is only slow gets it; one that does not read is cut off. */
  private drop(): void {
    const { streams } = this.options;
    streams.noteDropped();
    this.leaveOrders();
    this.socket.close(tryAgainLater, 'more than 1 MiB is unread; reconnect, and resume after the last event received');
    setTimeout(() => this.socket.terminate(), streams.times.closingMs).unref();
  }

  private get isClosed(): boolean {
    return this.socket.readyState !== this.socket.OPEN;
  }

  private closed(): void {
    this.options.streams.remove(this);
    this.leaveOrders();
  }

  private leaveOrders(): void {
    for (const { followed } of this.orders.values()) followed?.close();
    this.orders.clear();
  }
}

function jsonOf(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
