import { setTimeout as pause } from 'node:timers/promises';
import type { Broker, ReceivedRecord, RecordBatch } from '@ftgo/messaging/broker';

export interface TopicScan {
  readonly broker: Broker;
  /** A consumer group of its own. */
  readonly group: string;
  readonly topics: readonly string[];
  /** Gets every record once, in order within a partition; calls for different partitions overlap. */
  readonly take: (records: readonly ReceivedRecord[]) => Promise<void>;
  /** Whether the scan can end before it has read everything; default: it cannot. */
  readonly isDone?: () => boolean;
  readonly signal: AbortSignal;
}

const pollMs = 20;
const maxBatch = 1_000;

/** Reads topics from the first record to the last one that is there now. Rejects when the signal aborts. */
export async function scanTopics({ broker, group, topics, take, isDone = () => false, signal }: TopicScan): Promise<void> {
  if (topics.length === 0) return;
  const last = new Map<string, string>();
  const isNew = ({ topic, partition, position }: ReceivedRecord): boolean => {
    const before = last.get(`${topic}/${partition}`);
    if (before !== undefined && broker.comparePositions(position, before) <= 0) return false;
    last.set(`${topic}/${partition}`, position);
    return true;
  };
  const handler = async ({ records }: RecordBatch) => take(records.filter(isNew));
  const subscription = await broker.subscribe({ group, topics, maxBatch, handler });
  try {
    while (!isDone() && (subscription.assigned.length === 0 || !subscription.caughtUp())) await pause(pollMs, undefined, { signal });
  } finally {
    await subscription.close();
  }
}
