import type { AssignedPartition, RecordBatch } from '../src/broker/index.js';
import { BatchProcessor } from '../src/handling/batch-processor.js';
import { DueMessages } from '../src/handling/due-messages.js';
import type { MessagingSystem, ProcessorCounts } from '../src/handling/outcomes.js';
import { PartitionWatch } from '../src/handling/partition-watch.js';
import { Pipeline, type PipelineOptions } from '../src/handling/pipeline.js';

interface ProcessingOptions extends PipelineOptions {
  readonly system?: MessagingSystem;
  readonly deferralLimitMs?: number;
}

/** A consumer's processing of batches and of messages that are due, without a broker. */
export class Processing {
  private readonly pipeline: Pipeline;
  private readonly batches: BatchProcessor;
  private readonly due: DueMessages;
  private caughtUp = true;

  constructor({ system = { system: 'memory' }, deferralLimitMs, ...options }: ProcessingOptions) {
    this.pipeline = new Pipeline(options, system);
    this.batches = new BatchProcessor(this.pipeline);
    this.due = new DueMessages({
      pipeline: this.pipeline,
      transactions: options.transactions,
      watch: new PartitionWatch(options.logger),
      limitMs: deferralLimitMs,
      assigned: () => [],
      caughtUp: () => this.caughtUp,
      transacting: (work) => work(),
    });
  }

  get counts(): Readonly<ProcessorCounts> {
    return this.pipeline.outcomes.counts;
  }

  process(batch: RecordBatch): Promise<void> {
    return this.batches.process(batch);
  }

  /** Retries what is due, with or without other services' events handled. */
  async processDue(partition: AssignedPartition, caughtUp = true): Promise<void> {
    this.caughtUp = caughtUp;
    while (await this.due.retryDue(partition));
  }
}
