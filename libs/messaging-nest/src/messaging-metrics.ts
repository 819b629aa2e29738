import { OutboxProgress, relayProgress, Transactions } from '@ftgo/messaging';
import { outboxMetrics } from '@ftgo/messaging/operations';
import { type Metric, MetricsSource } from '@ftgo/messaging/telemetry';
import { Injectable, Optional } from '@nestjs/common';
import { MessagingRuntime } from './messaging-runtime.js';
import { RetentionSchedule } from './retention-schedule.js';

/** Metrics of this process. */
@Injectable()
export class ConsumingMetrics extends MetricsSource {
  constructor(
    private readonly runtime: MessagingRuntime,
    private readonly retention: RetentionSchedule,
  ) {
    super();
  }

  override metrics(): Metric[] {
    const { report } = this.retention;
    return [
      ...(this.runtime.consumer?.metrics() ?? []),
      {
        name: 'messaging_retention_days_ahead',
        help: "Upcoming days that already have partitions of outbox and inbox, as of this instance's last round; below 1, messages go to the default partition, whose rows are deleted one by one",
        type: 'gauge',
        samples: report ? [{ labels: {}, value: report.daysAhead }] : [],
      },
    ];
  }
}

/** Metrics from the database; separate, so that an outage hides nothing else. */
@Injectable()
export class MessagingTableMetrics extends MetricsSource {
  constructor(
    private readonly runtime: MessagingRuntime,
    private readonly transactions: Transactions,
    @Optional() private readonly progress: OutboxProgress = relayProgress,
  ) {
    super();
  }

  override async metrics(): Promise<Metric[]> {
    const { consumer } = this.runtime;
    return this.transactions.run(async (transaction) => {
      const deadLetters = await consumer?.deadLetterMetric(transaction);
      return [...(deadLetters ? [deadLetters] : []), ...outboxMetrics(await this.progress.read(transaction))];
    });
  }
}
