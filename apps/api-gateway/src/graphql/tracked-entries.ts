import { AsyncLocalStorage } from 'node:async_hooks';
import { Overloaded } from '@ftgo/platform';
import type { OrderTracking, TrackedEvent } from '../tracking/order-tracking.js';
import { entryJson, isLast, type TimelineEntryJson } from '../tracking/tracking.http.dto.js';

/** Entries would pile up in memory for a client that reads too slowly. */
const mostWaiting = 1_000;

type Entries = AsyncGenerator<{ orderTracked: TimelineEntryJson }, void, void>;

/** The entries of an order as results of a subscription. They end with the order, as server-sent events do. */
export async function trackedEntries(tracking: OrderTracking, orderId: number, after: number): Promise<Entries> {
  const asCaller = AsyncLocalStorage.snapshot();
  const hadEnded = await tracking.hasEnded(orderId);
  return entriesOf(tracking, { orderId, after, hadEnded, asCaller });
}

interface Tracked {
  readonly orderId: number;
  readonly after: number;
  readonly hadEnded: boolean;
  /** Runs work in the context of the request: the entries are asked for outside of it. */
  readonly asCaller: <T>(work: () => T) => T;
}

/** Begins to follow the order when the first entry is asked for: a generator that never starts does not run its `finally`. */
async function* entriesOf(tracking: OrderTracking, { orderId, after, hadEnded, asCaller }: Tracked): Entries {
  const waiting: TrackedEvent[] = [];
  let wake = Promise.withResolvers<void>();
  const onEntry = (entry: TrackedEvent): void => {
    // Only the last position matters.
    if (entry.n === undefined && waiting.length > 0 && waiting.at(-1)?.n === undefined) waiting.pop();
    waiting.push(entry);
    wake.resolve();
  };
  const followed = await asCaller(() => tracking.follow(orderId, after, onEntry));
  try {
    for (;;) {
      const entry = waiting.shift();
      if (entry) yield { orderTracked: entryJson(entry) };
      if (waiting.length > mostWaiting) throw new Overloaded('number of entries that the client has not read');
      const hasEnded = hadEnded || (entry !== undefined && isLast(entry));
      if (hasEnded && waiting.length === 0) return;
      if (waiting.length === 0) {
        await wake.promise;
        wake = Promise.withResolvers();
      }
    }
  } finally {
    followed.close();
  }
}
