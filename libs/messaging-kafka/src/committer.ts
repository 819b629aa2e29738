import { diagnostics, partitionKey } from '@ftgo/messaging/broker';
import { GenerationOver, type GroupMember, type PartitionOffset } from './group-member.js';
import type { PartitionFeed } from './partition-feed.js';

/**
 * At most one commit per interval, so that the broker does not store a commit per batch; a crash causes no more than this to be
 * redelivered.
 */
const intervalMs = 50;

/** Commits what was handled: soon, many partitions together, and one commit at a time. */
export class Committer {
  private readonly waiting = new Map<string, PartitionFeed>();
  private readonly committed = new Map<string, string>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private lastAt = Number.NEGATIVE_INFINITY;
  private stopped = false;

  constructor(
    private readonly member: GroupMember,
    private readonly group: string,
    private readonly onOver: (over: GenerationOver) => void,
    private readonly onProblem: (what: string, error: Error) => void,
  ) {}

  note(feed: PartitionFeed): void {
    this.waiting.set(partitionKey(feed), feed);
    this.schedule(Math.max(0, this.lastAt + intervalMs - performance.now()));
  }

  /** Commits everything that was handled; rejects if that fails. */
  async finish(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.running?.catch(() => undefined);
    await this.commit();
  }

  /** Stops committing: later offsets belong to another generation. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private schedule(inMs: number): void {
    if (this.timer || this.running || this.stopped) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.running = this.commit()
        .catch((error: unknown) => this.failed(error))
        .finally(() => {
          this.running = undefined;
          if (this.waiting.size > 0) this.schedule(intervalMs);
        });
    }, inMs);
  }

  private failed(error: unknown): void {
    if (error instanceof GenerationOver) this.onOver(error);
    else this.onProblem('committing offsets failed; retrying', error as Error);
  }

  private async commit(): Promise<void> {
    const feeds = [...this.waiting.values()];
    this.waiting.clear();
    const offsets = feeds.map(offsetOf).filter((offset) => this.committed.get(partitionKey(offset)) !== textOf(offset));
    if (offsets.length === 0) return;
    this.lastAt = performance.now();
    try {
      await this.member.commit(offsets);
    } catch (error) {
      for (const feed of feeds) this.waiting.set(partitionKey(feed), feed);
      throw error;
    }
    for (const offset of offsets) {
      this.committed.set(partitionKey(offset), textOf(offset));
      const { topic, partition, offset: next } = offset;
      diagnostics.offsetCommitted.publish({ group: this.group, topic, partition, offset: next });
    }
  }
}

function offsetOf({ topic, partition, handledTo, handledEpoch, topicId }: PartitionFeed): PartitionOffset {
  return { topic, partition, offset: handledTo, leaderEpoch: handledEpoch, topicId };
}

/** Two equal offsets may belong to two different logs. */
const textOf = ({ offset, leaderEpoch, topicId }: PartitionOffset): string => `${offset} ${leaderEpoch} ${topicId}`;
