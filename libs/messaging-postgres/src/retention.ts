import type { Connection } from './connection.js';
import type { Settings } from './options.js';

/** The limit of one transaction. */
const mostDeleted = 5_000;

const expire = { name: 'expire', text: 'SELECT broker.expire($1, $2)' };

/** Deletes records beyond the retention of their topic. Any client does so; one at a time. */
export class Retention {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly connection: Connection,
    private readonly settings: Settings,
  ) {}

  /** Immediately, and then after each interval. */
  start(): void {
    if (this.timer || this.stopped) return;
    this.timer = setTimeout(() => void this.run(), this.settings.retentionIntervalMs).unref();
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async run(): Promise<void> {
    try {
      while (!this.stopped && (await this.expire()) >= mostDeleted);
    } catch (error) {
      if (!this.stopped) this.settings.onProblem('cannot delete expired records', error as Error);
    }
    this.timer = undefined;
    this.start();
  }

  private async expire(): Promise<number> {
    const [row] = await this.connection.query(expire, [this.settings.retentionMs, mostDeleted]);
    return Number(row?.[0]);
  }
}
