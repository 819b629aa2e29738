import { bulkhead, type IPolicy } from 'cockatiel';
import type { Broker, ReceivedRecord, RecordBatch, Subscription } from '../broker/broker.js';
import type { Metric } from '../telemetry/metric.js';
import type { Transaction } from '../transaction/transactions.js';
import { BatchProcessor } from './batch-processor.js';
import { consumerMetrics, deadLetterMetric, MissedRecordsTally } from './consumer-metrics.js';
import { DueMessages } from './due-messages.js';
import { outages } from './errors.js';
import type { Handler } from './handler.js';
import type { ProcessorCounts } from './outcomes.js';
import { nameOf, PartitionWatch } from './partition-watch.js';
import { Pipeline, type PipelineOptions } from './pipeline.js';

/** What a consumer reads, and its handlers. Times are in milliseconds. */
export interface ConsumerOptions extends PipelineOptions {
  readonly broker: Broker;
  /** Maximum number of messages in a transaction. */
  readonly maxBatch?: number;
  /**
   * Maximum number of partitions in a transaction at the same time, each with a connection; default 10. After an outage all of
   * them have a backlog, and requests need connections too. Use 1 for handlers that exclude each other by a lock: they then
   * wait for their turn without a connection, and without a statement that times out.
   */
  readonly transactionsAtOnce?: number;
  /** Time limit for deferring a command, in ms; default 30 s. */
  readonly deferralLimitMs?: number;
  /** A partition that has handled or dead-lettered nothing for this long, in ms, is reported; default 30 s. */
  readonly stalledAfterMs?: number | undefined;
}

const defaultMaxBatch = 64;
const defaultTransactionsAtOnce = 10;
/** A partition with a larger backlog, in messages, is catching up. */
const catchingUpBeyond = 1_000;

/** Consumes the channels of its handlers, each message exactly once per group. */
export class MessageConsumer {
  private readonly pipeline: Pipeline;
  private readonly processor: BatchProcessor;
  private readonly due: DueMessages;
  private readonly watch: PartitionWatch;
  private readonly missed: MissedRecordsTally;
  private readonly turns: IPolicy;
  private readonly stopping = new AbortController();
  private subscription: Subscription | undefined;

  constructor(private readonly options: ConsumerOptions) {
    const { broker, logger, deferralLimitMs: limitMs, stalledAfterMs, transactionsAtOnce = defaultTransactionsAtOnce } = options;
    this.turns = bulkhead(transactionsAtOnce, Number.MAX_SAFE_INTEGER);
    this.watch = new PartitionWatch(logger, stalledAfterMs);
    this.pipeline = new Pipeline(options, broker.features, (partition) => this.watch.moved(partition));
    this.processor = new BatchProcessor(this.pipeline);
    this.missed = new MissedRecordsTally(this.topics, logger);
    this.due = new DueMessages({
      pipeline: this.pipeline,
      transactions: options.transactions,
      watch: this.watch,
      limitMs,
      assigned: () => this.subscription?.assigned ?? [],
      caughtUp: () => this.caughtUp('event'),
      transacting: (work) => this.turns.execute(work),
    });
  }

  get counts(): Readonly<ProcessorCounts> {
    return this.pipeline.outcomes.counts;
  }

  /** Its counters and its lag. */
  metrics(): Metric[] {
    const { connected = false, progress = [] } = this.subscription ?? {};
    const reasons = new Set(this.watch.waiting(progress).map(({ reason }) => reason));
    const awaited = {
      broker: this.topics.length > 0 && !connected,
      database: reasons.has('database'),
      inbox: reasons.has('inbox'),
      stalled: reasons.has('stalled'),
    };
    const { unknownTypes: skipped } = this.counts;
    return [...this.pipeline.outcomes.metrics(), this.missed.metric(), ...consumerMetrics({ progress, awaited, skipped })];
  }

  /** The dead letters of its group, read from the database. */
  async deadLetterMetric(transaction: Transaction): Promise<Metric> {
    return deadLetterMetric(this.topics, await this.pipeline.deadLetters.counts(transaction));
  }

  /** The topics that it reads. */
  get topics(): string[] {
    return this.pipeline.decoder.topics;
  }

  /** How long the oldest message that it has fetched has waited to be handled, in ms. */
  get waitedMs(): number {
    return Math.max(0, ...(this.subscription?.progress ?? []).map(({ waitedMs }) => waitedMs));
  }

  /** The id under which the inbox remembers a record after it was handled; undefined: no handler for its type. */
  inboxIdOf(record: ReceivedRecord): string | undefined {
    return this.pipeline.decoder.inboxIdOf(record);
  }

  /** Connected to the broker, and no partition fails. */
  get healthy(): boolean {
    return this.topics.length === 0 || (this.subscription?.connected === true && !this.watch.isFailing);
  }

  /** Why it does not consume everything, one line per cause. */
  get problems(): string[] {
    if (this.topics.length === 0) return [];
    const { connected = false, progress = [], problem } = this.subscription ?? {};
    const waiting = this.watch.waiting(progress).map(({ what, detail }) => `${what}: ${detail}`);
    const unconnected = problem ?? `the broker is unreachable, or group ${this.options.group} has not been joined`;
    return [...(connected ? [] : [unconnected]), ...waiting];
  }

  /** True if everything from these kinds of channels that was available at the last fetch has been handled. */
  caughtUp(kind: Handler['kind']): boolean {
    const topics = this.pipeline.decoder.topicsOf(kind);
    return topics.length === 0 || (this.healthy && this.subscription?.caughtUp(topics) === true);
  }

  async start(): Promise<void> {
    if (this.topics.length === 0) return;
    const { broker, group, maxBatch = defaultMaxBatch } = this.options;
    const { decoder } = this.pipeline;
    this.subscription = await broker.subscribe({
      group,
      topics: this.topics,
      maxBatch,
      largestRecordBytes: decoder.largestRecordBytes,
      handler: (batch) => this.handle(batch),
      onMissed: (missed) => this.missed.note(missed),
    });
    this.due.start();
  }

  /** An operator has changed dead letters: they are looked at now rather than within 5 s. */
  deadLettersChanged(): void {
    this.due.wake();
  }

  /** Finishes the transactions in progress, commits their offsets, and leaves the group. */
  async close(): Promise<void> {
    this.stopping.abort();
    // Concurrently: a due message may wait behind a batch that runs until its partition is revoked.
    await Promise.all([this.due.stop(), this.subscription?.close()]);
    await this.due.settled();
  }

  private handle(batch: RecordBatch): Promise<void> {
    return this.watch.inTurn(batch, async () => {
      const { deferred } = this.counts;
      const isCatchingUp = this.isCatchingUp(batch) || undefined;
      await this.outlasting(batch, () => this.turns.execute(() => this.processor.process(batch, isCatchingUp)));
      if (this.counts.deferred > deferred) this.due.wake();
    });
  }

  /** Checked for full batches only: the check has a cost, and a lagging partition has full batches. */
  private isCatchingUp({ topic, partition, records }: RecordBatch): boolean {
    if (records.length < (this.options.maxBatch ?? defaultMaxBatch)) return false;
    // A full batch before the subscription is known to be ready is the start of a backlog.
    if (!this.subscription) return true;
    const progress = this.subscription.progress.find((each) => each.topic === topic && each.partition === partition);
    return (progress?.behind ?? 0) > catchingUpBeyond;
  }

  /** Runs `work` until it succeeds: errors caused by a message do not get here. Rejects only if the partition was revoked. */
  private async outlasting(batch: RecordBatch, work: () => Promise<void>): Promise<void> {
    const { signal } = batch;
    const policy = outages();
    policy.onFailure(({ reason }) => {
      if (!signal.aborted && !this.stopping.signal.aborted)
        this.watch.failed(nameOf(batch), 'error' in reason ? reason.error : reason.value);
    });
    try {
      await policy.execute(work, signal);
    } finally {
      this.watch.recovered(nameOf(batch));
    }
  }
}
