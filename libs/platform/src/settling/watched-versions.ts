import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { maxBatch } from '../paging/batch.js';

/** The current version of something; it only grows. */
export interface Versioned<Id> {
  readonly id: Id;
  readonly version: number;
}

interface Waiter<Id> {
  readonly id: Id;
  readonly version: number;
  readonly end: () => void;
}

const intervalMs = 100;

/**
 * Lets streams wait for changes, whichever instance makes them. All waiting streams of a process share one query per interval, however
 * many they are.
 */
export class WatchedVersions<Id> {
  private readonly waiting = new Set<Waiter<Id>>();
  private isPolling = false;
  /** The query belongs to no request, hence to no trace and no deadline of one. */
  private readonly outsideOfRequests = AsyncLocalStorage.snapshot();

  /** Reads the versions of at most 100 things, in any order; one that does not exist yet may be missing. */
  constructor(private readonly read: (ids: readonly Id[]) => Promise<ReadonlyArray<Versioned<Id>>>) {}

  /** Resolves when there is a later version; rejects with the signal's reason when it aborts. */
  beyond({ id, version }: Versioned<Id>, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.waiting.delete(waiter);
        reject(signal.reason as Error);
      };
      const end = (): void => {
        this.waiting.delete(waiter);
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const waiter = { id, version, end };
      if (signal.aborted) return abort();
      signal.addEventListener('abort', abort, { once: true });
      this.waiting.add(waiter);
      if (!this.isPolling) void this.outsideOfRequests(() => this.poll());
    });
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

  private async ask(waiters: ReadonlyArray<Waiter<Id>>): Promise<void> {
    // While versions cannot be read, the streams keep waiting.
    const found = await this.read([...new Set(waiters.map(({ id }) => id))]).catch(() => []);
    const versions = new Map(found.map(({ id, version }) => [id, version]));
    for (const { id, version, end } of waiters) if ((versions.get(id) ?? 0) > version) end();
  }
}
