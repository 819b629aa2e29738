import { setTimeout as delay } from 'node:timers/promises';
import { bulkhead, type IPolicy } from 'cockatiel';
import type { AssignedPartition, Broker, RecordBatch, Subscription } from '../broker/broker.js';
import { DeadLetters, deferralStepMs } from '../dead-letters/dead-letters.js';
import { Inbox } from '../inbox/inbox.js';
import type { MessagingLogger } from '../telemetry/logger.js';
import type { Metric } from '../telemetry/metric.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';
import { BatchProcessor, type ProcessorCounts } from './batch-processor.js';
import { consumerMetrics, deadLetterMetric } from './consumer-metrics.js';
import { Dispatcher, type DispatcherOptions } from './dispatcher.js';
import { largestRecordsOf } from './largest-records.js';
import { MissedTally } from './missed-tally.js';
import { PartitionWatch } from './partition-watch.js';
import { outages } from './retry-policies.js';

export interface ConsumerOptions extends DispatcherOptions {
  readonly broker: Broker;
  readonly transactions: Transactions;
  /** The consumer group: the application's name. */
  readonly group: string;
  readonly logger: MessagingLogger;
  /** At most so many messages share a transaction. */
  readonly maxBatch?: number;
  /**
   * How many partitions may be in a transaction at the same time, each with a connection; default 10. After an outage all
   * of them have a backlog, and requests need connections too. Handlers that exclude each other by a lock want 1: those who
   * would wait for the lock wait without a connection, and without a statement that times out.
   */
  readonly transactionsAtOnce?: number;
  /** How long a command may be deferred, in ms; default 30 s. */
  readonly deferralLimitMs?: number;
  /** A partition of which nothing was handled or dead-lettered for so long, in ms, is reported; default 30 s. */
  readonly stalledAfterMs?: number | undefined;
}

const defaultMaxBatch = 64;
const defaultTransactionsAtOnce = 10;
const defaultDeferralLimitMs = 30_000;
/** How often the dead letters are looked through when this process knows of none: another instance may have left some. */
const idleLookMs = 5_000;
const afterErrorMs = 1_000;
/** A partition with a larger backlog, in messages, is catching up. */
const catchingUpBeyond = 1_000;

/** Consumes the channels of its handlers, each message exactly once per group. */
export class MessageConsumer {
  private readonly processor: BatchProcessor;
  private readonly dispatcher: Dispatcher;
  private readonly deadLetters: DeadLetters;
  private readonly missed: MissedTally;
  private readonly stopping = new AbortController();
  /** The work of a partition, one piece after the other: its batches and its deferred messages. */
  private readonly lanes = new Map<string, Promise<unknown>>();
  private readonly turns: IPolicy;
  private subscription: Subscription | undefined;
  private deferredWork: Promise<void> = Promise.resolve();
  /** Partitions whose deferred messages have their turn, or wait for it behind a batch. */
  private readonly deferring = new Set<string>();
  private readonly dueInHand = new Set<Promise<void>>();
  private readonly watch: PartitionWatch;
  /** Aborted when a command was deferred, so that the next look is soon. */
  private deferredEarlier = new AbortController();

  constructor(private readonly options: ConsumerOptions) {
    const { transactions, group, logger, deferralLimitMs = defaultDeferralLimitMs } = options;
    this.turns = bulkhead(options.transactionsAtOnce ?? defaultTransactionsAtOnce, Number.MAX_SAFE_INTEGER);
    this.dispatcher = new Dispatcher(options);
    this.deadLetters = new DeadLetters(group);
    this.missed = new MissedTally(this.topics, logger);
    this.watch = new PartitionWatch(options.stalledAfterMs);
    const { dispatcher, deadLetters, watch } = this;
    const inbox = new Inbox(group);
    const onCommitted = (partition: AssignedPartition) => watch.moved(laneOf(partition));
    const system = options.broker.features;
    this.processor = new BatchProcessor({ transactions, system, dispatcher, inbox, deadLetters, logger, deferralLimitMs, onCommitted });
  }

  get counts(): Readonly<ProcessorCounts> {
    return this.processor.counts;
  }

  /** What it has done, and how far behind it is. */
  metrics(): Metric[] {
    const { counts, tallies, rejections } = this.processor;
    const { connected = false, progress = [] } = this.subscription ?? {};
    const reasons = new Set(this.watch.waiting(progress).map(({ reason }) => reason));
    const awaited = {
      broker: this.topics.length > 0 && !connected,
      database: reasons.has('database'),
      inbox: reasons.has('inbox'),
      stalled: reasons.has('stalled'),
    };
    return [
      ...tallies.metrics(),
      rejections.metric(),
      this.missed.metric(),
      ...consumerMetrics({ progress, awaited, skipped: counts.unknownTypes }),
    ];
  }

  /** The messages of its group that wait or need somebody, as the database knows them. */
  async deadLetterMetric(transaction: Transaction): Promise<Metric> {
    return deadLetterMetric(this.topics, await this.deadLetters.counts(transaction));
  }

  /** The topics that it reads. */
  get topics(): string[] {
    return this.dispatcher.topics;
  }

  /** Connected to the broker, and no partition fails. */
  get healthy(): boolean {
    return this.topics.length === 0 || (this.subscription?.connected === true && !this.watch.isFailing);
  }

  /** What keeps it from consuming everything, a line each. */
  get problems(): string[] {
    if (this.topics.length === 0) return [];
    const { connected = false, progress = [] } = this.subscription ?? {};
    const waiting = this.watch.waiting(progress).map(({ what, detail }) => `${what}: ${detail}`);
    return [...(connected ? [] : [`the broker is unreachable, or group ${this.options.group} has not been joined`]), ...waiting];
  }

  /** True when all that was there at the last fetch, of these kinds of channels, has been handled. */
  caughtUp(kind: 'event' | 'reply' | 'command'): boolean {
    const topics = this.dispatcher.topicsOf(kind);
    return topics.length === 0 || (this.healthy && this.subscription?.caughtUp(topics) === true);
  }

  async start(): Promise<void> {
    if (this.topics.length === 0) return;
    const { broker, group, maxBatch = defaultMaxBatch } = this.options;
    this.subscription = await broker.subscribe({
      group,
      topics: this.topics,
      maxBatch,
      largestRecordBytes: largestRecordsOf(this.dispatcher.handlers),
      handler: (batch) => this.handle(batch),
      onMissed: (missed) => this.missed.note(missed),
    });
    if (this.dispatcher.topicsOf('command').length > 0) this.deferredWork = this.workDeferred();
  }

  /** Finishes the transactions in hand, commits their offsets, leaves the group. */
  async close(): Promise<void> {
    this.stopping.abort();
    // At the same time: what is deferred may wait behind a batch that goes on until its partition is taken away.
    await Promise.all([this.deferredWork, this.subscription?.close()]);
    await Promise.allSettled(this.dueInHand);
  }

  private handle(batch: RecordBatch): Promise<void> {
    const lane = laneOf(batch);
    return this.inLane(lane, async () => {
      const deferredBefore = this.counts.deferred;
      const isCatchingUp = this.isCatchingUp(batch) || undefined;
      const process = () => this.turns.execute(() => this.processor.process(batch, isCatchingUp));
      await this.watch.during(lane, () => this.outlasting(lane, batch.signal, process));
      if (this.counts.deferred > deferredBefore) this.deferredEarlier.abort();
    });
  }

  /** Asked of full batches only: looking costs something, and whoever lags behind has full ones. */
  private isCatchingUp({ topic, partition, records }: RecordBatch): boolean {
    if (records.length < (this.options.maxBatch ?? defaultMaxBatch)) return false;
    // A full batch that comes before the subscription is known to stand is the beginning of a backlog.
    if (!this.subscription) return true;
    const progress = this.subscription.progress.find((each) => each.topic === topic && each.partition === partition);
    return (progress?.behind ?? 0) > catchingUpBeyond;
  }

  /** Runs `work` until it succeeds: no error that comes so far is a message's own. Rejects only when the partition was taken away. */
  private async outlasting(lane: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    const policy = outages();
    policy.onFailure(({ reason }) => {
      if (!signal.aborted) this.noteFailure(lane, 'error' in reason ? reason.error : reason.value);
    });
    try {
      await policy.execute(work, signal);
    } finally {
      this.watch.recovered(lane);
    }
  }

  private noteFailure(what: string, error: unknown): void {
    if (this.stopping.signal.aborted) return;
    const news = this.watch.failed(what, error);
    if (!news) return;
    const { logger } = this.options;
    const details = { partition: what, reason: news.detail };
    if (news.reason === 'inbox') logger.error('the inbox failed, no message is handled or dead-lettered until it works again', details);
    else logger.warn('consuming waits for the database', details);
  }

  private async inLane<T>(lane: string, work: () => Promise<T>): Promise<T> {
    const before = this.lanes.get(lane) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.lanes.set(lane, mine);
    return mine.finally(() => {
      if (this.lanes.get(lane) === mine) this.lanes.delete(lane);
    });
  }

  /** Deferred commands come again in steps, worked by the owner of their partition between two of its batches. */
  private async workDeferred(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      let pauseMs = idleLookMs;
      try {
        pauseMs = await this.workDeferredOnce();
        this.watch.recovered(deferredCommands);
      } catch (error) {
        this.noteFailure(deferredCommands, error);
        pauseMs = afterErrorMs;
      }
      await this.untilNextLook(pauseMs);
    }
  }

  /** Resolves to the ms until the next look. */
  private async workDeferredOnce(): Promise<number> {
    const { transactions } = this.options;
    const pending = await transactions.run((transaction) => this.deadLetters.pending(transaction));
    const assigned = new Set(this.subscription?.assigned.map(laneOf));
    const mine = pending.filter((partition) => assigned.has(laneOf(partition)));
    // What another instance, or an operator, has taken over fails here no more.
    this.watch.keepOnly(dueOf(''), new Set(mine.map((partition) => dueOf(laneOf(partition)))));
    for (const partition of mine.filter(({ dueInMs }) => dueInMs === 0)) void this.workDue(partition);
    return mine.length > 0 ? deferralStepMs / 2 : idleLookMs;
  }

  /** Works what is due of a partition when its turn comes; the other partitions do not wait for that. */
  private async workDue(partition: AssignedPartition): Promise<void> {
    const lane = laneOf(partition);
    if (this.deferring.has(lane)) return;
    this.deferring.add(lane);
    const work = async () => {
      const inHand = this.processor.processDue(partition, this.caughtUp('event'), this.stopping.signal);
      this.dueInHand.add(inHand);
      await inHand.finally(() => this.dueInHand.delete(inHand));
    };
    const what = dueOf(lane);
    try {
      await this.inLane(lane, () => this.watch.during(lane, () => this.turns.execute(work)));
      this.watch.recovered(what);
    } catch (error) {
      this.noteFailure(what, error);
      await this.untilStopped(afterErrorMs);
    } finally {
      this.deferring.delete(lane);
    }
  }

  private async untilStopped(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private async untilNextLook(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: AbortSignal.any([this.deferredEarlier.signal, this.stopping.signal]) }).catch(() => undefined);
    if (this.deferredEarlier.signal.aborted) this.deferredEarlier = new AbortController();
  }
}

const deferredCommands = 'deferred commands';
const dueOf = (lane: string): string => `${deferredCommands} of ${lane}`;

const laneOf = ({ topic, partition }: AssignedPartition): string => `${topic}/${partition}`;
