import type { RunningSystem } from '@ftgo/testing';
import { type Ftgo, type OrderWish, orderRequest } from './ftgo.js';
import { call } from './http.js';

export interface StreamOptions {
  readonly consumers: readonly number[];
  readonly restaurants: readonly number[];
  readonly perSecond?: number;
}

const mostInFlight = 40;

/** Places orders continuously, whatever happens to the services. */
export class OrderStream {
  /** The orders whose response had an id. */
  readonly accepted: number[] = [];
  /** The number of orders that were rejected or got no response, by error. One without a response may have been stored. */
  readonly failures = new Map<string, number>();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private count = 0;

  constructor(
    private readonly ftgo: Ftgo<RunningSystem>,
    private readonly options: StreamOptions,
  ) {
    this.timer = setInterval(() => this.placeOne(), 1_000 / (options.perSecond ?? 10));
  }

  /** Waits until this many more orders were accepted. */
  async more(orders: number, withinMs = 60_000): Promise<void> {
    const wanted = this.accepted.length + orders;
    const end = performance.now() + withinMs;
    while (this.accepted.length < wanted) {
      if (performance.now() > end)
        throw new Error(`only ${orders - (wanted - this.accepted.length)} of ${orders} more orders were accepted; ${this.failureSummary}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Stops ordering; resolves to the ids of all orders that were accepted. */
  async stop(): Promise<readonly number[]> {
    clearInterval(this.timer);
    await Promise.all(this.inFlight);
    return this.accepted;
  }

  get failureSummary(): string {
    return `failures: ${JSON.stringify(Object.fromEntries(this.failures))}`;
  }

  private placeOne(): void {
    if (this.inFlight.size >= mostInFlight) return;
    const { consumers, restaurants } = this.options;
    const n = this.count++;
    const wish = { consumerId: consumers[n % consumers.length] as number, restaurantId: restaurants[n % restaurants.length] as number };
    // Alternates between the two entry points.
    const through = n % 2 === 0 ? 'api-gateway' : 'order-service';
    const placed = this.place(through, wish).finally(() => this.inFlight.delete(placed));
    this.inFlight.add(placed);
  }

  private async place(through: string, wish: OrderWish): Promise<void> {
    try {
      const { status, body } = await call('POST', this.ftgo.url(through, '/orders'), orderRequest(wish));
      if (status === 200) this.accepted.push(Number((body as { orderId: number | string }).orderId));
      else this.note(`${through} ${status}`);
    } catch (error) {
      this.note(`${through} ${(error as Error).message}`);
    }
  }

  private note(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
  }
}
