import type { MissedRecords } from '../broker/broker.js';
import type { MessagingLogger } from '../telemetry/logger.js';
import type { Metric } from '../telemetry/metric.js';

const reasons = ['retention', 'topic deleted'] as const;

/** Counts and reports what the broker removed before this group had read it: nothing brings it back by itself. */
export class MissedTally {
  private readonly counts = new Map<string, number>();

  constructor(
    private readonly topics: readonly string[],
    private readonly logger: MessagingLogger,
  ) {}

  note({ topic, partition, reason, records }: MissedRecords): void {
    const key = keyOf(topic, reason);
    this.counts.set(key, (this.counts.get(key) ?? 0) + records);
    this.logger.error('records were removed before this group read them', { topic, partition, reason, records });
  }

  metric(): Metric {
    return {
      name: 'messaging_consumer_missed_records_total',
      help: 'Records removed from a topic before this group read them, by reason',
      type: 'counter',
      samples: this.topics.flatMap((topic) =>
        reasons.map((reason) => ({ labels: { topic, reason }, value: this.counts.get(keyOf(topic, reason)) ?? 0 })),
      ),
    };
  }
}

const keyOf = (topic: string, reason: string): string => `${topic} ${reason}`;
