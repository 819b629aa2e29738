import { answerMs } from '../../database/waits.js';

export interface HeartbeatOptions {
  /** Writes a heartbeat with this content into the log, and looks whether the log still has every message. */
  readonly look: (content: string) => Promise<void>;
  /** Stores how far the broker has come. */
  readonly store: () => Promise<void>;
  /** Throws when the log has been silent for too long. */
  readonly checkSilence: () => void;
  readonly onFailed: (error: Error) => void;
}

const beatMs = 1_000;
const soonMs = 100;

/** About once a second: writes a heartbeat, looks, and stores. Never two statements at a time. */
export class Heartbeat {
  private readonly tag = `${process.pid}-${Math.random().toString(36).slice(2)} `;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> = Promise.resolve();
  /** A beat comes soon, or is being made. */
  private isSoon = true;
  private isStopped = false;
  /** How long the last one took through the log. */
  latencyMs: number | undefined;

  constructor(private readonly options: HeartbeatOptions) {}

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.look();
    this.scheduleNext();
  }

  /** Beats before its time: a crash would repeat a lot. */
  hasten(): void {
    if (this.isSoon) return;
    this.isSoon = true;
    this.schedule(soonMs);
  }

  /** A heartbeat has come through the log: ours, or that of another relay. */
  heard(content: string): void {
    if (content.startsWith(this.tag)) this.latencyMs = performance.now() - Number(content.slice(this.tag.length));
  }

  /** Makes no further beat. Resolves when the present one is over. */
  stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    return this.beating;
  }

  private look(): Promise<void> {
    return this.options.look(`${this.tag}${performance.now()}`);
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
    const timeout = setTimeout(() => options.onFailed(new Error('the database did not answer a heartbeat')), answerMs);
    try {
      options.checkSilence();
      // Looked at first: what was proved until now is stored only if it still is.
      await this.look();
      if (!this.isStopped) await options.store();
      this.scheduleNext();
    } catch (error) {
      options.onFailed(error as Error);
    } finally {
      clearTimeout(timeout);
    }
  }
}
