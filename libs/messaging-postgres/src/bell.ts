import { pause } from '@ftgo/messaging/broker';

/** Ends a wait early. A ring while no one waits ends the next wait immediately. */
export class Bell {
  private waiting: AbortController | undefined;
  private hasRung = false;

  ring(): void {
    this.hasRung = true;
    this.waiting?.abort();
  }

  async wait(ms: number): Promise<void> {
    if (!this.hasRung && ms > 0) {
      this.waiting = new AbortController();
      await pause(ms, this.waiting.signal);
      this.waiting = undefined;
    }
    this.hasRung = false;
  }
}
