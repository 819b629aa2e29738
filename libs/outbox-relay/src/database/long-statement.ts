import { socketOf } from '@ftgo/messaging/postgres';
import type { Client } from 'pg';
import { relayClient } from './waits.js';

/** How often the server is asked what it does. */
const lookMs = 2_000;
/** So long without a byte and without being seen at work, a connection is dead. */
const lifelessMs = 8_000;
/** For the connection that looks, and for its question. */
const lookTimeoutMs = 3_000;

export interface WatchOptions {
  /** For the connection that looks. */
  readonly url: string;
  readonly applicationName: string;
  /** Called at every look while the statement goes on, with the process of the server that works at it. */
  readonly onLook?: (observer: Client, pid: number) => Promise<void>;
}

/**
 * What a statement resolves to that may rightly take very long, so that no time-out would be right. A second connection
 * looks whether the server still works at it: rejects when it does not, and nothing has come either, since then the answer
 * was lost with the connection. Give the statement a `query_timeout` of `unlimitedMs`.
 */
export async function watched<T>(client: Client, statement: Promise<T>, options: WatchOptions): Promise<T> {
  const watch = new Watch(client, options);
  try {
    return await Promise.race([statement, watch.lifeless]);
  } finally {
    watch.end();
  }
}

class Watch {
  private readonly dead = Promise.withResolvers<never>();
  private readonly pid: number;
  private observer: Client | undefined;
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  private bytesRead: number;
  private aliveAt = performance.now();

  constructor(
    private readonly client: Client,
    private readonly options: WatchOptions,
  ) {
    this.pid = (client as unknown as { processID: number }).processID;
    this.bytesRead = socketOf(client).bytesRead;
    this.dead.promise.catch(() => undefined);
    this.lookSoon();
  }

  get lifeless(): Promise<never> {
    return this.dead.promise;
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.giveUpObserver();
  }

  private lookSoon(): void {
    if (!this.ended) this.timer = setTimeout(() => void this.look(), lookMs);
  }

  private async look(): Promise<void> {
    const lost = await this.isAtWork().then(
      (isAtWork) => (isAtWork ? undefined : 'the server no longer works at it'),
      (error: Error) => `and no other connection is answered: ${error.message}`,
    );
    if (this.ended) return;
    const { bytesRead } = socketOf(this.client);
    if (lost === undefined || bytesRead > this.bytesRead) this.aliveAt = performance.now();
    this.bytesRead = bytesRead;
    if (performance.now() - this.aliveAt < lifelessMs) return this.lookSoon();
    this.dead.reject(new Error(`a statement was not answered, ${lost}`));
  }

  private async isAtWork(): Promise<boolean> {
    try {
      const observer = await this.connected();
      const { rowCount } = await observer.query(
        // Waiting for us it would be if what it sends did not arrive.
        `SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'`,
        [this.pid],
      );
      if (rowCount !== 0 && !this.ended) await this.options.onLook?.(observer, this.pid);
      return rowCount !== 0;
    } catch (error) {
      this.giveUpObserver();
      throw error;
    }
  }

  private async connected(): Promise<Client> {
    if (this.observer) return this.observer;
    const { url, applicationName } = this.options;
    const observer = relayClient(url, applicationName, [], { connectionTimeoutMillis: lookTimeoutMs, query_timeout: lookTimeoutMs });
    observer.on('error', () => undefined);
    this.observer = observer;
    await observer.connect();
    return observer;
  }

  private giveUpObserver(): void {
    this.observer?.end().catch(() => undefined);
    this.observer = undefined;
  }
}
