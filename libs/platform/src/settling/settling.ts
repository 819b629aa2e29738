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
  readonly whenStopping: AbortSignal;
}

interface Waiter<Id, Item> {
  readonly id: Id;
  readonly until: number;
  /** Ends the wait, with the item if it is known. */
  readonly end: (item?: Item) => void;
}

const intervalMs = 25;
/** How long a client waits beyond its time for a state that is being read. */
const patienceMs = 500;
/** Further clients get the pending state immediately. */
const mostWaiting = 1_000;

/**
 * Lets clients wait until an asynchronous operation has settled: the synchronous style on top of the asynchronous one. All
 * waiting requests of a process share one query, so their number hardly matters to the database or the service that is asked.
 */
export class Settling<Id, Item> {
  private readonly waiting = new Set<Waiter<Id, Item>>();
  private isPolling = false;
  /** The query belongs to no request, hence to no trace and no deadline of one. */
  private readonly outsideOfRequests = AsyncLocalStorage.snapshot();

  constructor(private readonly options: SettlingOptions<Id, Item>) {
    options.whenStopping.addEventListener('abort', () => {
      for (const waiter of this.waiting) waiter.end();
    });
  }

  /**
   * The item once it has settled or, when its preferred time has passed, as it is; undefined if the client does not want to wait,
   * too many clients are waiting, the process stops, or the item could not be read in time.
   */
  async waitFor(id: Id, wait: PreferredWait | undefined): Promise<Item | undefined> {
    if (!wait || this.waiting.size >= mostWaiting || this.options.whenStopping.aborted) return undefined;
    const item = await this.settled(id, wait.seconds * 1_000);
    if (item) wait.applied();
    return item;
  }

  private settled(id: Id, milliseconds: number): Promise<Item | undefined> {
    const { promise, resolve } = Promise.withResolvers<Item | undefined>();
    const end = (item?: Item): void => {
      clearTimeout(timer);
      this.waiting.delete(waiter);
      resolve(item);
    };
    const waiter: Waiter<Id, Item> = { id, until: performance.now() + milliseconds, end };
    const timer = setTimeout(end, milliseconds + patienceMs);
    this.waiting.add(waiter);
    if (!this.isPolling) void this.outsideOfRequests(() => this.poll());
    return promise;
  }

  private async poll(): Promise<void> {
    this.isPolling = true;
    while (this.waiting.size > 0) {
      const asked = [...this.waiting];
      for (let i = 0; i < asked.length; i += maxBatch) await this.ask(asked.slice(i, i + maxBatch));
      if (this.waiting.size > 0) await pause(intervalMs);
    }
    this.isPolling = false;
  }

  private async ask(waiters: ReadonlyArray<Waiter<Id, Item>>): Promise<void> {
    const { read, idOf, isSettled } = this.options;
    // While the items cannot be read, clients wait as long as they prefer.
    const items = await read([...new Set(waiters.map(({ id }) => id))]).catch(() => []);
    const byId = new Map(items.map((item) => [idOf(item), item]));
    for (const { id, until, end } of waiters) {
      const item = byId.get(id);
      if ((item && isSettled(item)) || performance.now() >= until) end(item);
    }
  }
}
