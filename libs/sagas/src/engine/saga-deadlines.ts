import { setTimeout as delay } from 'node:timers/promises';
import { classify, type OutboxProgress, type Transactions } from '@ftgo/messaging';
import { ExponentialBackoff, handleAll, retry } from 'cockatiel';
import { SagaClock } from './saga-clock.js';
import { sagaStore } from './saga-store.js';
import type { SagaLogger, Sagas } from './sagas.js';

/** What the deadlines need. */
export interface SagaDeadlinesOptions {
  readonly sagas: Pick<Sagas, 'timeUp'>;
  readonly transactions: Transactions;
  /** True while all fetched replies have been handled. */
  caughtUp(): boolean;
  /** Default: that of our relay. */
  readonly progress?: OutboxProgress | undefined;
  readonly logger?: SagaLogger;
  /** Interval between two checks, in ms. */
  readonly pollMs?: number;
}

const defaultPollMs = 500;
const tickMs = 1_000;
const sampleMs = 100;
const atOnce = 50;
const postponedMs = 10_000;

/** The loop that moves sagas whose deadline has passed. An idle round is one or two short statements. */
export class SagaDeadlines {
  private readonly stopping = new AbortController();
  private readonly clock: SagaClock;
  private rounds: Promise<void> = Promise.resolve();
  private running = false;
  /** The replies were caught up at some time since the last tick; under load that lasts only moments. */
  private wasCaughtUp = false;
  private tickedAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: SagaDeadlinesOptions) {
    this.clock = new SagaClock(options.transactions, options.progress);
  }

  start(): void {
    this.rounds = this.loop();
  }

  /** Finishes the current round. */
  async close(): Promise<void> {
    this.stopping.abort();
    await this.rounds;
    await this.clock.leave().catch((error: unknown) =>
      this.options.logger?.warn('cannot delete this process from saga_runner; saga deadlines pause for up to 30 s', {
        reason: String(error),
      }),
    );
  }

  /** One check: a tick if it is time for one, then all due sagas. Returns the number of sagas moved. */
  async round(): Promise<number> {
    await this.tick();
    if (!this.running) return 0;
    const due = await this.options.transactions.run((transaction) => sagaStore.due(transaction, atOnce));
    let moved = 0;
    for (const sagaId of due) {
      if (this.stopping.signal.aborted) break;
      await this.tick();
      if (this.running && (await this.timeUp(sagaId))) moved++;
    }
    return moved;
  }

  private async tick(): Promise<void> {
    this.sample();
    if (performance.now() - this.tickedAt < tickMs) return;
    this.running = await this.clock.tick(this.wasCaughtUp);
    this.tickedAt = performance.now();
    this.wasCaughtUp = false;
  }

  private sample(): void {
    this.wasCaughtUp ||= this.options.caughtUp();
  }

  /** Each saga has its own transaction, so that a failing one does not block the others. */
  private async timeUp(sagaId: string): Promise<boolean> {
    const { sagas, transactions, logger } = this.options;
    try {
      return await sagas.timeUp(sagaId);
    } catch (error) {
      if (classify(error) === 'infrastructure') throw error;
      logger?.error('handling a saga deadline failed; retrying', { sagaId, reason: String(error) });
      await transactions.run((transaction) => sagaStore.postpone(transaction, sagaId, postponedMs));
      return false;
    }
  }

  private async loop(): Promise<void> {
    const { signal } = this.stopping;
    const { pollMs = defaultPollMs, logger } = this.options;
    const policy = retry(handleAll, {
      maxAttempts: Number.POSITIVE_INFINITY,
      backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 5_000 }),
    });
    policy.onFailure(({ reason }) => {
      this.running = false;
      this.tickedAt = Number.NEGATIVE_INFINITY;
      logger?.warn('saga deadlines wait for the database', { reason: 'error' in reason ? String(reason.error) : '' });
    });
    while (!signal.aborted) {
      const moved = await policy.execute(() => this.round(), signal).catch(() => 0);
      if (moved === 0) await this.pause(pollMs, signal);
    }
  }

  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    for (let left = ms; left > 0 && !signal.aborted; left -= sampleMs) {
      await delay(Math.min(left, sampleMs), undefined, { signal }).catch(() => undefined);
      this.sample();
    }
  }
}
