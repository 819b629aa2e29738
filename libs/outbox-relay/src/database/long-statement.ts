import { socketOf } from '@ftgo/messaging/postgres';
import type { Client } from 'pg';
import { relayClient } from './waits.js';

/** Interval between checks of the server's activity. */
const checkMs = 2_000;
/** A connection without a byte and without activity for this long is dead. */
const lifelessMs = 8_000;
/** Timeout for the observing connection and its query. */
const checkTimeoutMs = 3_000;

export interface WatchOptions {
  /** For the observing connection. */
  readonly url: string;
  readonly applicationName: string;
  /** Called at every check while the statement runs, with the server process that executes it. */
  readonly onCheck?: (observer: Client, pid: number) => Promise<void>;
}

/**
 * Awaits a statement that may legitimately take very long, so that no timeout fits. A second connection checks that the
 * server still executes it. If the server does not, and no bytes arrive either, the response was lost with the connection:
 * rejects. Give the statement a `query_timeout` of `unlimitedMs`.
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
    this.checkSoon();
  }

  get lifeless(): Promise<never> {
    return this.dead.promise;
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.closeObserver();
  }

  private checkSoon(): void {
    if (!this.ended) this.timer = setTimeout(() => void this.check(), checkMs);
  }

  private async check(): Promise<void> {
    const lost = await this.isAtWork().then(
      (isAtWork) => (isAtWork ? undefined : 'and the server no longer executes it'),
      (error: Error) => `and another connection gets no response: ${error.message}`,
    );
    if (this.ended) return;
    const { bytesRead } = socketOf(this.client);
    if (lost === undefined || bytesRead > this.bytesRead) this.aliveAt = performance.now();
    this.bytesRead = bytesRead;
    if (performance.now() - this.aliveAt < lifelessMs) return this.checkSoon();
    this.dead.reject(new Error(`no response to a statement, ${lost}`));
  }

  private async isAtWork(): Promise<boolean> {
    try {
      const observer = await this.connected();
      const { rowCount } = await observer.query(
        // If its response does not arrive, the server waits for the client: that is not activity.
        `SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND wait_event_type IS DISTINCT FROM 'Client'`,
        [this.pid],
      );
      if (rowCount !== 0 && !this.ended) await this.options.onCheck?.(observer, this.pid);
      return rowCount !== 0;
    } catch (error) {
      this.closeObserver();
      throw error;
    }
  }

  private async connected(): Promise<Client> {
    if (this.observer) return this.observer;
    const { url, applicationName } = this.options;
    const observer = relayClient(url, applicationName, [], { connectionTimeoutMillis: checkTimeoutMs, query_timeout: checkTimeoutMs });
    observer.on('error', () => undefined);
    this.observer = observer;
    await observer.connect();
    return observer;
  }

  private closeObserver(): void {
    this.observer?.end().catch(() => undefined);
    this.observer = undefined;
  }
}
