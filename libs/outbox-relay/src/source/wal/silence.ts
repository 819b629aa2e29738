import { silenceMs } from '../../database/waits.js';

/** Notices that nothing comes through the log any more, not even our own heartbeats, although we read. */
export class SilenceWatch {
  private heardAt = performance.now();
  private isReading = true;

  heard(): void {
    this.heardAt = performance.now();
  }

  /** While nothing is read, nothing can be heard. */
  pause(): void {
    this.isReading = false;
  }

  resume(): void {
    this.isReading = true;
    this.heard();
  }

  /** Throws when it has been silent for too long. */
  check(): void {
    const silentMs = performance.now() - this.heardAt;
    if (this.isReading && silentMs > silenceMs) throw new Error(`nothing came through the log for ${Math.round(silentMs)} ms`);
  }
}
