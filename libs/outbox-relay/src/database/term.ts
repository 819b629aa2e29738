import { type Broker, within } from '@ftgo/messaging/broker';
import { Publisher } from '../publish/publisher.js';
import type { Skips } from '../publish/skips.js';
import type { OutboxSource } from '../source/outbox-source.js';
import type { FlowStatus, RelayCounts } from '../status/relay-status.js';

export interface TermOptions {
  readonly database: string;
  readonly source: OutboxSource;
  readonly broker: Broker;
  readonly windowBytes: number;
  readonly counts: RelayCounts;
  readonly skips: Skips;
  /** Aborted when a connection breaks or the relay is stopped before the term has begun. */
  readonly signal: AbortSignal;
}

const drainMs = 3_000;
const settleMs = 1_000;

/** One term of leadership: what the source brings is published, until something fails or it is stopped. */
export class Term {
  private readonly end = Promise.withResolvers<never>();
  private readonly publisher: Publisher;
  private isEnding = false;

  constructor(private readonly options: TermOptions) {
    this.publisher = new Publisher({
      ...options,
      onBrokerFailed: (error) => void this.endWith(error),
      onSourceFailed: (error) => this.fail(error),
    });
    this.end.promise.catch(() => undefined);
  }

  /** Resolves when the broker can be reached. */
  reachBroker(): Promise<void> {
    return this.publisher.open(this.options.signal);
  }

  /** Rejects when the source cannot be had. */
  async begin(): Promise<void> {
    try {
      await this.options.source.open(this.publisher);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Rejects with what ended the term. */
  get ended(): Promise<never> {
    return this.end.promise;
  }

  /** Resolves when something that was waiting has been published, and will not be published again. */
  get movedOn(): Promise<void> {
    return this.options.source.movedOn;
  }

  get hasMovedOn(): boolean {
    return this.options.source.hasMovedOn;
  }

  /** True when something was acknowledged: before, it is not known what the source has. */
  get hasProgressed(): boolean {
    return this.publisher.hasProgressed;
  }

  get flow(): FlowStatus {
    return { ...this.options.source.flow, ...this.publisher.flow };
  }

  /** Reads no further transaction, waits for the broker, and until it is stored how far we came. */
  async stop(): Promise<void> {
    this.options.source.finish();
    await within(drainMs, Promise.race([this.publisher.drain(), this.end.promise]));
    await within(settleMs, this.options.source.settle());
    this.close();
  }

  close(): void {
    this.publisher.close();
    this.options.source.close();
  }

  /** What the broker has taken before it failed is not repeated by the tries that follow. */
  private async endWith(error: Error): Promise<void> {
    if (this.isEnding) return;
    this.isEnding = true;
    this.publisher.close();
    await within(settleMs, this.options.source.settle());
    this.fail(error);
  }

  private fail(error: Error): void {
    this.close();
    this.end.reject(error);
  }
}
