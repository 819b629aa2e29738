import { answerMs } from '../../database/waits.js';

export interface HeartbeatOptions {
  /** Writes a heartbeat with this content into the log, and checks that the log still has every message. */
  readonly check: (content: string) => Promise<void>;
  /** Stores the position that the broker has acknowledged. */
  readonly store: () => Promise<void>;
  /** Throws when the log has been silent for too long. */
  readonly checkSilence: () => void;
  readonly onFailed: (error: Error) => void;
}

const beatMs = 1_000;
const soonMs = 100;

/** About once a second: writes a heartbeat, checks, and stores. Never runs two statements at a time. */
export class Heartbeat {
  private readonly tag = `${process.pid}-${Math.random().toString(36).slice(2)} `;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();
  /** True while a heartbeat is scheduled or running. */
  private isSoon = true;
  private isStopped = false;
  /** The time that the last one took through the log. */
  latencyMs: number | undefined;

  constructor(private readonly options: HeartbeatOptions) {}

  /** Resolves after the first check. */
  async start(): Promise<void> {
    await this.check();
    this.scheduleNext();
  }

  /** Sends the next heartbeat early, because a crash would repeat a lot. */
  hasten(): void {
    if (this.isSoon) return;
    this.isSoon = true;
    this.schedule(soonMs);
  }

  /** Called when a heartbeat arrives through the log, from this or another relay. */
  heard(content: string): void {
    if (content.startsWith(this.tag)) this.latencyMs = performance.now() - Number(content.slice(this.tag.length));
  }

  /** Sends no further heartbeat. Resolves when the current one is done. */
  stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    return this.beating;
  }

  private check(): Promise<void> {
    return this.options.check(`${this.tag}${performance.now()}`);
  }

  private scheduleNext(): void {
    this.isSoon = false;
    this.schedule(beatMs);
  }

  private schedule(inMs: number): void {
    clearTimeout(this.timer);
    if (!this.isStopped) this.timer = setTimeout(() => void (this.beating = this.beat()), inMs);
  }

  private async beat(): Promise<void> {
    const { options } = this;
    this.isSoon = true;
    const timeout = setTimeout(() => options.onFailed(new Error('no response from the database to a heartbeat')), answerMs);
    try {
      options.checkSilence();
      // Checked first: what was proved so far is stored only if it still holds.
      await this.check();
      if (!this.isStopped) await options.store();
      this.scheduleNext();
    } catch (error) {
      options.onFailed(error as Error);
    } finally {
      clearTimeout(timeout);
    }
  }
}
