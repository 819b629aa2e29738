import { diagnostics, partitionKey, type TopicPartition } from '@ftgo/messaging/broker';
import type { Consumer } from 'kafkajs';

/**
 * At most one commit per interval, so that the broker does not store a commit per batch; a crash causes no more than this to be
 * redelivered.
 */
const intervalMs = 50;

export interface Handled extends TopicPartition {
  /** The next offset to be handled. */
  readonly handledTo: bigint;
}

/** Commits what was handled: soon, many partitions together, and one commit at a time. */
export class Committer {
  private readonly waiting = new Map<string, Handled>();
  private readonly committed = new Map<string, bigint>();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isStopped = false;

  constructor(
    private readonly consumer: Consumer,
    private readonly group: string,
    private readonly onFailure: (error: Error) => void,
  ) {}

  note(handled: Handled): void {
    this.waiting.set(partitionKey(handled), handled);
    if (this.timer || this.running || this.isStopped) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.begin();
    }, intervalMs);
  }

  /** Commits everything that was handled; rejects if that fails. */
  async finish(): Promise<void> {
    clearTimeout(this.timer);
    await this.running;
    await this.commit();
  }

  /** Stops committing: later offsets belong to another generation. */
  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private begin(): void {
    this.running = this.commit()
      .catch((error: Error) => this.onFailure(error))
      .finally(() => {
        this.running = undefined;
        for (const handled of this.waiting.values()) this.note(handled);
      });
  }

  private async commit(): Promise<void> {
    const places = [...this.waiting.values()];
    this.waiting.clear();
    const offsets = places
      .map(({ topic, partition, handledTo }) => ({ topic, partition, handledTo }))
      .filter((place) => this.committed.get(partitionKey(place)) !== place.handledTo);
    if (offsets.length === 0 || this.isStopped) return;
    try {
      await this.consumer.commitOffsets(
        offsets.map(({ topic, partition, handledTo }) => ({ topic, partition, offset: handledTo.toString() })),
      );
    } catch (error) {
      for (const place of places) this.waiting.set(partitionKey(place), place);
      throw error;
    }
    for (const { topic, partition, handledTo: offset } of offsets) {
      this.committed.set(partitionKey({ topic, partition }), offset);
      diagnostics.offsetCommitted.publish({ group: this.group, topic, partition, offset });
    }
  }
}
