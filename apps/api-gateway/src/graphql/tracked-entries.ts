import { Overloaded } from '@ftgo/platform';
import type { OrderTracking, TrackedEvent } from '../tracking/order-tracking.js';
import { entryJson, isLast, type TimelineEntryJson } from '../tracking/tracking.http.dto.js';

/** Live entries would pile up in memory for a client that reads too slowly. */
const mostUnread = 1_000;

interface Result {
  readonly orderTracked: TimelineEntryJson;
}

/** The entries of an order as results of a subscription. They end with the order, as server-sent events do. */
export async function trackedEntries(tracking: OrderTracking, orderId: number, after: number): Promise<TrackedEntries> {
  const hadEnded = await tracking.hasEnded(orderId);
  const replayed: TrackedEvent[] = [];
  let entries: TrackedEntries | undefined;
  const followed = await tracking.follow(orderId, after, (entry) => {
    if (entries) entries.add(entry);
    else replayed.push(entry);
  });
  entries = new TrackedEntries(replayed, hadEnded, () => followed.close());
  return entries;
}

/** Not a generator, whose `return()` would wait for the next entry: the order of a client that leaves may get none. */
class TrackedEntries implements AsyncIterableIterator<Result, undefined> {
  private readonly live: TrackedEvent[] = [];
  private changed = Promise.withResolvers<void>();
  private isClosed = false;
  private failure: Error | undefined;

  constructor(
    private readonly replayed: TrackedEvent[],
    private hasEnded: boolean,
    private readonly onClose: () => void,
  ) {}

  add(entry: TrackedEvent): void {
    // Only the last position matters.
    if (entry.n === undefined && this.live.at(-1)?.n === undefined) this.live.pop();
    this.live.push(entry);
    if (this.live.length > mostUnread) {
      this.failure = new Overloaded('number of entries that the client has not read');
      this.close();
    }
    this.wake();
  }

  async next(): Promise<IteratorResult<Result, undefined>> {
    for (;;) {
      const entry = this.replayed.shift() ?? this.live.shift();
      if (entry) {
        this.hasEnded ||= isLast(entry);
        return { value: { orderTracked: entryJson(entry) }, done: false };
      }
      if (this.hasEnded) this.close();
      if (this.isClosed) return this.end();
      await this.changed.promise;
    }
  }

  async return(): Promise<IteratorResult<Result, undefined>> {
    this.close();
    this.wake();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private end(): IteratorResult<Result, undefined> {
    const { failure } = this;
    this.failure = undefined;
    if (failure) throw failure;
    return { value: undefined, done: true };
  }

  private close(): void {
    this.isClosed = true;
    this.replayed.length = this.live.length = 0;
    this.onClose();
  }

  private wake(): void {
    this.changed.resolve();
    this.changed = Promise.withResolvers();
  }
}
