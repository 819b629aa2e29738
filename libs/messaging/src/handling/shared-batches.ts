import { bulkhead, type IPolicy } from 'cockatiel';
import type { PartitionBatch } from './batch-processor.js';

interface Waiting {
  readonly batch: PartitionBatch;
  readonly done: PromiseWithResolvers<void>;
}

export interface SharedBatchesOptions {
  /** Maximum number of messages in a transaction. */
  readonly maxBatch: number;
  /** Maximum number of transactions of a topic at the same time. */
  readonly atOnce: number;
  /** Handles batches of different partitions of a topic; resolves to what became of each. */
  readonly process: (batches: readonly PartitionBatch[]) => Promise<ReadonlyArray<PromiseSettledResult<void>>>;
}

/**
 * Lets the batches of a topic's partitions share transactions. An idle consumer handles each batch immediately; under load,
 * those that would wait for a transaction of the topic to end are then handled in one.
 */
export class SharedBatches {
  private readonly topics = new Map<string, { readonly waiting: Waiting[]; readonly turns: IPolicy }>();

  constructor(private readonly options: SharedBatchesOptions) {}

  handle(batch: PartitionBatch): Promise<void> {
    const { waiting, turns } = this.topic(batch.topic);
    const done = Promise.withResolvers<void>();
    waiting.push({ batch, done });
    void turns.execute(() => this.next(waiting));
    return done.promise;
  }

  /** Handles what waits; nothing if an earlier turn has taken it. */
  private async next(waiting: Waiting[]): Promise<void> {
    const taken = this.take(waiting);
    if (taken.length === 0) return;
    const [results] = await Promise.allSettled([this.options.process(taken.map(({ batch }) => batch))]);
    for (const [i, { done }] of taken.entries()) {
      const result = results.status === 'rejected' ? results : results.value[i];
      if (result?.status === 'rejected') done.reject(result.reason);
      else done.resolve();
    }
  }

  private take(waiting: Waiting[]): Waiting[] {
    let records = 0;
    const end = waiting.findIndex(({ batch }, i) => (records += batch.records.length) > this.options.maxBatch && i > 0);
    return waiting.splice(0, end < 0 ? waiting.length : end);
  }

  private topic(name: string) {
    let topic = this.topics.get(name);
    if (!topic) {
      topic = { waiting: [], turns: bulkhead(this.options.atOnce, Number.MAX_SAFE_INTEGER) };
      this.topics.set(name, topic);
    }
    return topic;
  }
}
