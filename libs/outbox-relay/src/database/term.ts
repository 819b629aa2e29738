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
  /** Aborted if a connection is lost or the relay is stopped before the term begins. */
  readonly signal: AbortSignal;
}

const drainMs = 3_000;
const settleMs = 1_000;

/** One term of leadership: publishes the rows of the source until something fails or it is stopped. */
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

  /** Resolves when the broker is reachable. */
  reachBroker(): Promise<void> {
    return this.publisher.open(this.options.signal);
  }

  /** Rejects if the source cannot be opened. */
  async begin(): Promise<void> {
    try {
      await this.options.source.open(this.publisher);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Rejects with the error that ended the term. */
  get ended(): Promise<never> {
    return this.end.promise;
  }

  /** Resolves when a pending message has been published and will not be published again. */
  get advanced(): Promise<void> {
    return this.options.source.advanced;
  }

  get hasAdvanced(): boolean {
    return this.options.source.hasAdvanced;
  }

  /** True once something was acknowledged; before, the backlog of the source is unknown. */
  get hasProgressed(): boolean {
    return this.publisher.hasProgressed;
  }

  get flow(): FlowStatus {
    return { ...this.options.source.flow, ...this.publisher.flow };
  }

  /** Reads no further transaction, and waits for the broker and until the progress is stored. */
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

  /** Messages that the broker accepted before a failure are not repeated by later attempts. */
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
