import type { MissedRecords, PartitionProgress } from '../broker/broker.js';
import type { DeadLetterCount } from '../dead-letters/dead-letters.js';
import type { MessagingLogger } from '../telemetry/logger.js';
import type { Metric } from '../telemetry/metric.js';
import type { WaitReason } from './partition-watch.js';

/** The current state of a consumer. */
export interface ConsumerState {
  readonly progress: readonly PartitionProgress[];
  /** What it waits for. */
  readonly awaited: Readonly<Record<'broker' | WaitReason, boolean>>;
  /** Number of messages without a handler. */
  readonly skipped: number;
}

/** The metrics of a consumer, whatever its messages. */
export const consumerMetrics = ({ progress, awaited, skipped }: ConsumerState): Metric[] => [
  {
    name: 'messaging_consumer_lag_messages',
    help: 'Messages of a partition that are not handled yet, as of the last fetch; a waiting partition does not fetch',
    type: 'gauge',
    samples: progress.flatMap(({ topic, partition, behind }) =>
      behind === undefined ? [] : [{ labels: { topic, partition }, value: behind }],
    ),
  },
  {
    name: 'messaging_consumer_lag_seconds',
    help: 'Time that the oldest fetched message of a partition has waited to be handled, in seconds',
    type: 'gauge',
    samples: progress.map(({ topic, partition, waitedMs }) => ({ labels: { topic, partition }, value: waitedMs / 1_000 })),
  },
  {
    name: 'messaging_consumer_waiting',
    help: '1 while consuming waits, by reason: for the broker; or, in some partition, for the database, for the inbox (its own tables), or for a handler that does not return (stalled)',
    type: 'gauge',
    samples: Object.entries(awaited).map(([reason, waits]) => ({ labels: { reason }, value: Number(waits) })),
  },
  {
    name: 'messaging_consumer_skipped_total',
    help: 'Messages skipped because this service has no handler for their type',
    type: 'counter',
    samples: [{ labels: {}, value: skipped }],
  },
];

const statuses = ['deferred', 'dead', 'parked'] as const;

/** A series for every topic and status, so that a status without messages is 0, not unknown. */
export function deadLetterMetric(topics: readonly string[], counts: readonly DeadLetterCount[]): Metric {
  const known = new Map(counts.map(({ topic, status, count }) => [`${status} ${topic}`, count]));
  const all = [...new Set([...topics, ...counts.map(({ topic }) => topic)])];
  return {
    name: 'messaging_dead_letters',
    help: 'Messages in dead_letter by status: deferred (retried later), dead (needs an operator), parked (behind a dead one); every instance reports the same',
    type: 'gauge',
    samples: all.flatMap((topic) => statuses.map((status) => ({ labels: { topic, status }, value: known.get(`${status} ${topic}`) ?? 0 }))),
  };
}

const missedReasons = ['retention', 'topic deleted'] as const;

/** Counts and reports records that the broker removed before this group had read them: they are not recovered automatically. */
export class MissedRecordsTally {
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
        missedReasons.map((reason) => ({ labels: { topic, reason }, value: this.counts.get(keyOf(topic, reason)) ?? 0 })),
      ),
    };
  }
}

const keyOf = (topic: string, reason: string): string => `${topic} ${reason}`;
