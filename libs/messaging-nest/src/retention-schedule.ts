import { setTimeout as delay } from 'node:timers/promises';
import { OutboxProgress, Retention, type RetentionReport, relayProgress, Transactions } from '@ftgo/messaging';
import { type BeforeApplicationShutdown, Injectable, Logger, type OnApplicationBootstrap, Optional } from '@nestjs/common';
import { HandlerExplorer } from './handler-explorer.js';
import { MessagingOptions } from './messaging-options.js';

const roundMs = 3_600_000;
const afterErrorMs = 10_000;

/** Runs the retention of outbox, inbox and dead letters, and of extensions, at startup and every hour. */
@Injectable()
export class RetentionSchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Retention');
  private readonly stopping = new AbortController();
  private readonly retention: Retention;
  private rounds: Promise<void> = Promise.resolve();
  /** The result of this process's last round; undefined before the first. */
  report: RetentionReport | undefined;

  constructor(
    transactions: Transactions,
    private readonly explorer: HandlerExplorer,
    { value }: MessagingOptions,
    @Optional() progress: OutboxProgress = relayProgress,
  ) {
    this.retention = new Retention(transactions, { progress, deadLetterDays: value.keepResolvedDeadLettersDays });
  }

  onApplicationBootstrap(): void {
    this.rounds = this.everyHour();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.rounds;
  }

  private async everyHour(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const done = await this.round();
      await delay(done ? roundMs : afterErrorMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private async round(): Promise<boolean> {
    try {
      this.report = (await this.retention.run()) ?? this.report;
      if (this.report && this.report.daysAhead < 1) {
        this.logger.error('outbox or inbox has no partition for tomorrow; messages will go to the default partition, which grows');
      }
      for (const extension of this.explorer.extensions()) await extension.forget();
      return true;
    } catch (error) {
      this.logger.warn(`retention failed; retrying in ${afterErrorMs / 1_000} s: ${String(error)}`);
      return false;
    }
  }
}
