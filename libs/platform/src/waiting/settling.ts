import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import type { PreferredWait } from '../http/prefer.js';
import { maxBatch } from '../paging/batch.js';

export interface SettlingOptions<Id, Item> {
  /** The current state of at most 100 items, in any order. */
  readonly read: (ids: readonly Id[]) => Promise<readonly Item[]>;
  readonly idOf: (item: Item) => Id;
  /** Whether no operation is in progress on the item. */
  readonly isSettled: (item: Item) => boolean;
  /** While the process stops, every request gets its response immediately. */
  readonly isStopping: () => boolean;
}

interface Waiter<Id, Item> {
  readonly id: Id;
  readonly until: number;
  readonly resolve: (item: Item | undefined) => void;
}

const intervalMs = 25;
/** Further clients get the pending state immediately. */
const mostWaiting = 1_000;

/**
 * Lets clients wait until an asynchronous operation has settled: the synchronous style on top of the asynchronous one. All
 * waiting requests of a process share one query, so their number hardly matters to the database or the service that is asked.
 */
export class Settling<Id, Item> {
  private readonly waiting = new Set<Waiter<Id, Item>>();
  /** The query belongs to no request, hence to no trace and no deadline of one. */
  private readonly outsideOfRequests = AsyncLocalStorage.snapshot();

  constructor(private readonly options: SettlingOptions<Id, Item>) {}

  /**
   * The item once it has settled or, when the preferred time is over, as it is; undefined if the client does not want to wait,
   * too many clients are waiting, or the item could not be read in time.
   */
  async waitFor(id: Id, wait: PreferredWait | undefined): Promise<Item | undefined> {
    if (!wait || this.waiting.size >= mostWaiting) return undefined;
    const item = await new Promise<Item | undefined>((resolve) => {
      this.waiting.add({ id, until: performance.now() + wait.seconds * 1_000, resolve });
      if (this.waiting.size === 1) void this.outsideOfRequests(() => this.poll());
    });
    if (item) wait.applied();
    return item;
  }

  private async poll(): Promise<void> {
    while (this.waiting.size > 0) {
      const asked = [...this.waiting];
      for (let i = 0; i < asked.length; i += maxBatch) await this.ask(asked.slice(i, i + maxBatch));
      if (this.waiting.size > 0) await pause(intervalMs);
    }
  }

  private async ask(waiters: ReadonlyArray<Waiter<Id, Item>>): Promise<void> {
    const { read, idOf, isSettled, isStopping } = this.options;
    // While the items cannot be read, clients wait until their time is over.
    const items = await read([...new Set(waiters.map(({ id }) => id))]).catch(() => []);
    const byId = new Map(items.map((item) => [idOf(item), item]));
    for (const waiter of waiters) {
      const item = byId.get(waiter.id);
      if (!(item && isSettled(item)) && performance.now() < waiter.until && !isStopping()) continue;
      this.waiting.delete(waiter);
      waiter.resolve(item);
    }
  }
}
