/** The number of retries that are allowed before any calls, and the most that calls can save up. */
const reserve = 10;

/** Limits retries to a share of the calls: a dependency that fails because it is overloaded must not get more load. */
export class RetryBudget {
  private left = reserve;

  constructor(private readonly percent: number) {}

  get isSpent(): boolean {
    return this.left < 1;
  }

  noteCall(): void {
    this.left = Math.min(reserve, this.left + this.percent / 100);
  }

  noteRetry(): void {
    this.left -= 1;
  }
}
