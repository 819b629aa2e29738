import { bulkhead } from 'cockatiel';

/** Limits how many batches are applied at once; none is while the rebuilt tables replace the served ones, or afterwards. */
export class Turns {
  private readonly turns;
  private paused = Promise.withResolvers<void>();
  private isOver = false;

  constructor(private readonly atOnce: number) {
    this.turns = bulkhead(atOnce, Number.MAX_SAFE_INTEGER);
  }

  /** Does nothing once the tables are replaced: from then on, the service updates them. */
  async take(work: () => Promise<void>): Promise<void> {
    await this.turns.execute(() => (this.isOver ? undefined : work()));
  }

  /** Takes all turns, and so waits for the batches in progress. */
  async pause(): Promise<void> {
    const { promise } = this.paused;
    const taken = Array.from({ length: this.atOnce }, () => {
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      void this.turns.execute(() => {
        resolve();
        return promise;
      });
      return begun;
    });
    await Promise.all(taken);
  }

  resume(): void {
    this.paused.resolve();
    this.paused = Promise.withResolvers();
  }

  end(): void {
    this.isOver = true;
    this.resume();
  }
}
