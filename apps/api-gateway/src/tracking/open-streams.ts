import { wallClockMs } from '@ftgo/kernel';
import { type Metric, MetricsSource } from '@ftgo/messaging/telemetry';
import { Overloaded, type ReadinessCheck } from '@ftgo/platform';
import type { Principal } from '@ftgo/security';
import type { LiveOrders } from './live-orders.js';

/** A client that is connected for long. */
export interface OpenStream {
  /** Sends something that clients ignore, so that both sides and proxies between them notice a lost connection. */
  beat(): void;
  /** Ends it so that the client reconnects, to another instance. */
  /** @param reason for clients whose protocol can carry it; at most 123 bytes */
  end(reason: string): void;
}

export interface StreamTimes {
  /** The time between heartbeats. */
  readonly heartbeatMs: number;
  /** The time in which a client must answer the closing of its connection, before it is cut off. */
  readonly closingMs: number;
}

const defaultTimes: StreamTimes = { heartbeatMs: 15_000, closingMs: 1_000 };

const stopping = 'the server is stopping; reconnect';
const expired = 'the access token has expired; reconnect with a new one';

/** Unread bytes would pile up in memory for a client that reads too slowly. */
export const mostUnreadBytes = 1024 * 1024;

const mostMs = 2 ** 31 - 1;
const msUntil = (time: Date): number => Math.min(mostMs, Math.max(0, time.getTime() - wallClockMs()));

/** The clients of this instance that follow orders: how many, their heartbeats, and their end when the service stops. */
export class OpenStreams extends MetricsSource {
  private readonly open = new Set<OpenStream>();
  private readonly expiries = new Map<OpenStream, NodeJS.Timeout>();
  private dropped = 0;
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly limit: number,
    private readonly readiness: ReadinessCheck,
    private readonly orders: LiveOrders,
    readonly times: StreamTimes = defaultTimes,
  ) {
    super();
    this.timer = setInterval(() => this.each((stream) => stream.beat()), times.heartbeatMs).unref();
    readiness.whenStopping.addEventListener('abort', () => this.stop(), { once: true });
  }

  /** Throws Overloaded if no more clients can be served. */
  demandRoom(): void {
    if (this.open.size >= this.limit || this.readiness.isStopping) throw new Overloaded('number of open streams');
  }

  /** It ends at the latest when the caller's token expires: the client reconnects with another one. */
  add(stream: OpenStream, caller?: Principal): void {
    this.open.add(stream);
    if (caller) this.expiries.set(stream, setTimeout(() => stream.end(expired), msUntil(caller.expiresAt)).unref());
    if (this.readiness.isStopping) stream.end(stopping);
  }

  remove(stream: OpenStream): void {
    this.open.delete(stream);
    clearTimeout(this.expiries.get(stream));
    this.expiries.delete(stream);
  }

  noteDropped(): void {
    this.dropped++;
  }

  override metrics(): Metric[] {
    const sample = (value: number) => [{ labels: {}, value }];
    const followed = 'Orders that clients follow, counted once for each client';
    const dropped = 'Connections of clients that follow orders, closed because the client read too slowly';
    return [
      { name: 'tracking_followed_orders', help: followed, type: 'gauge', samples: sample(this.orders.followed) },
      { name: 'tracking_streams', help: 'Open connections of clients that follow orders', type: 'gauge', samples: sample(this.open.size) },
      { name: 'tracking_streams_dropped_total', help: dropped, type: 'counter', samples: sample(this.dropped) },
    ];
  }

  private stop(): void {
    clearInterval(this.timer);
    this.each((stream) => stream.end(stopping));
  }

  private each(work: (stream: OpenStream) => void): void {
    for (const stream of this.open) work(stream);
  }
}
