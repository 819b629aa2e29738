import { silenceMs } from '../../database/waits.js';

/** Detects that nothing arrives through the log any more, not even the relay's own heartbeats, although it is being read. */
export class SilenceWatch {
  private heardAt = performance.now();
  private isReading = true;

  heard(): void {
    this.heardAt = performance.now();
  }

  /** Nothing can arrive while reading is paused. */
  pause(): void {
    this.isReading = false;
  }

  resume(): void {
    this.isReading = true;
    this.heard();
  }

  /** Throws if the log has been silent for too long, for which a standby that PostgreSQL waits for may be the cause. */
  check(awaitedStandbys: string): void {
    const silentMs = performance.now() - this.heardAt;
    if (!this.isReading || silentMs <= silenceMs) return;
    const cause = awaitedStandbys === '' ? '' : `; check the standbys in synchronized_standby_slots ('${awaitedStandbys}')`;
    throw new Error(`nothing received through the log for ${Math.round(silentMs)} ms${cause}`);
  }
}
