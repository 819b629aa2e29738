import { pause } from '../broker/backoff.js';
import type { AssignedPartition } from '../broker/broker.js';
import { type DueMessage, deferralStepMs } from '../dead-letters/dead-letters.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';
import type { ReadRecord } from './decoder.js';
import { classify, faults, faultTries, MessageRejected, messageConflicts, textOf, Undecodable } from './errors.js';
import { defers } from './handler.js';
import { nameOf, type PartitionWatch } from './partition-watch.js';
import type { Pipeline } from './pipeline.js';

export interface DueMessagesOptions {
  readonly pipeline: Pipeline;
  readonly transactions: Transactions;
  readonly watch: PartitionWatch;
  /** Time limit for deferring a command, in ms of caught-up time; default 30 s. */
  readonly limitMs?: number | undefined;
  /** The partitions that this process owns. */
  readonly assigned: () => readonly AssignedPartition[];
  /** Whether the events that a command may wait for have been handled. */
  readonly caughtUp: () => boolean;
  /** Waits for one of the concurrent transactions. */
  readonly transacting: (work: () => Promise<void>) => Promise<void>;
}

const defaultLimitMs = 30_000;
/** How often the dead letters are checked if this process knows of none: another instance may have left some. */
const idleCheckMs = 5_000;
const afterErrorMs = 1_000;

/** The number of due messages of a partition that are handled between two of its batches. */
const slice = 64;

/**
 * Retries stored messages that are due: deferred commands in steps, dead letters that an operator redrives, and events that no
 * longer wait for an earlier one. The owner of their partition handles them between two of its batches, so that no key is
 * handled in two places.
 */
export class DueMessages {
  private readonly stopping = new AbortController();
  /** Aborted when a message was stored or redriven, so that the next check is soon. */
  private idle = new AbortController();
  private checking: Promise<void> = Promise.resolve();
  /** Partitions whose due messages are running, or waiting for a batch. */
  private readonly waiting = new Set<string>();
  private readonly inProgress = new Set<Promise<boolean>>();

  constructor(private readonly options: DueMessagesOptions) {}

  start(): void {
    this.checking = this.check();
  }

  /** There may be something to do. */
  wake(): void {
    this.idle.abort();
  }

  /** Starts no further message. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.checking;
  }

  /** Resolves when the messages in progress are done. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.inProgress);
  }

  /** Retries due messages of a partition, up to a limit. Resolves to true if there may be more. */
  async retryDue(partition: AssignedPartition): Promise<boolean> {
    let last: DueMessage | undefined;
    for (let done = 0; done < slice; done++) {
      if (this.stopping.signal.aborted) return false;
      last = await this.next(partition, last);
      if (!last) return false;
    }
    return true;
  }

  private async check(): Promise<void> {
    const { watch } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      let pauseMs = afterErrorMs;
      try {
        pauseMs = await this.checkOnce();
        watch.recovered(dueMessages);
      } catch (error) {
        this.failed(dueMessages, error);
      }
      await pause(pauseMs, AbortSignal.any([this.idle.signal, signal]));
      if (this.idle.signal.aborted) this.idle = new AbortController();
    }
  }

  /** Resolves to the ms until the next check. */
  private async checkOnce(): Promise<number> {
    const { pipeline, transactions, watch, assigned } = this.options;
    const pending = await transactions.run((transaction) => pipeline.deadLetters.pending(transaction));
    const owned = new Set(assigned().map(nameOf));
    const mine = pending.filter((partition) => owned.has(nameOf(partition)));
    // Partitions or messages taken over by another instance or an operator no longer count as failing here.
    watch.keepOnly(messagesOf(''), new Set(mine.map((partition) => messagesOf(nameOf(partition)))));
    for (const partition of mine.filter(({ dueInMs }) => dueInMs === 0)) void this.inTurn(partition);
    return mine.length > 0 ? deferralStepMs / 2 : idleCheckMs;
  }

  /** The other partitions do not wait for this one's turn. */
  private async inTurn(partition: AssignedPartition): Promise<void> {
    const { watch } = this.options;
    const name = nameOf(partition);
    if (this.waiting.has(name)) return;
    this.waiting.add(name);
    try {
      let more = true;
      while (more) more = await this.oneTurn(partition);
      watch.recovered(messagesOf(name));
    } catch (error) {
      this.failed(messagesOf(name), error);
      await pause(afterErrorMs, this.stopping.signal);
    } finally {
      this.waiting.delete(name);
    }
  }

  /** Resolves to true if there may be more for the next turn. */
  private async oneTurn(partition: AssignedPartition): Promise<boolean> {
    const { watch, transacting } = this.options;
    let more = false;
    await watch.inTurn(partition, () =>
      transacting(async () => {
        const inProgress = this.retryDue(partition);
        this.inProgress.add(inProgress);
        more = await inProgress.finally(() => this.inProgress.delete(inProgress));
      }),
    );
    return more;
  }

  /** Handles the next due message of a partition, of the same key as the last one if possible. Undefined if nothing is due. */
  private async next(partition: AssignedPartition, last: DueMessage | undefined): Promise<DueMessage | undefined> {
    const { pipeline } = this.options;
    const { signal } = this.stopping;
    let taken: DueMessage | undefined;
    const retry = () =>
      pipeline.transaction(partition, async (transaction) => {
        taken =
          (last && (await pipeline.deadLetters.takeNextOf(transaction, last))) ??
          (await pipeline.deadLetters.takeDue(transaction, partition));
        if (taken) await this.handle(transaction, taken);
      });
    try {
      await faults.execute(() => messageConflicts.execute(retry, signal), signal);
    } catch (error) {
      if (!taken || signal.aborted || classify(error) !== 'fault') throw error;
      await this.giveUp(taken, error);
    }
    return taken;
  }

  private async handle(transaction: Transaction, due: DueMessage): Promise<void> {
    const { pipeline, limitMs = defaultLimitMs, caughtUp } = this.options;
    const { decoder, deadLetters } = pipeline;
    const read = decoder.read(due.record);
    const { attempts } = due;
    if (!read)
      return deadLetters.markDead(transaction, due, { error: 'the handler for its type no longer exists', attempts, blocksKey: true });
    if (read.undecodable) return this.fail(transaction, due, read, read.undecodable);
    const waitedMs = due.waitedMs + (caughtUp() ? deferralStepMs : 0);
    const isDeferred = due.status === 'deferred';
    try {
      await pipeline.handle({ ...read.message, isDeferred, isLastTry: isDeferred && waitedMs >= limitMs }, read.handler);
    } catch (error) {
      if (!defers(error, read.handler)) throw error;
      return deadLetters.deferAgain(transaction, due, waitedMs);
    }
    await deadLetters.release(transaction, due);
  }

  /** A due message failed by itself: it has as many attempts as any other. */
  private async giveUp(due: DueMessage, cause: unknown): Promise<void> {
    const { pipeline } = this.options;
    const read = pipeline.decoder.read(due.record);
    await pipeline.transaction(due.record, (transaction) => this.fail(transaction, due, read, cause));
  }

  private async fail(transaction: Transaction, due: DueMessage, read: ReadRecord | undefined, cause: unknown): Promise<void> {
    const { deadLetters, outcomes } = this.options.pipeline;
    const attempts = due.attempts + (cause instanceof Undecodable ? 1 : faultTries);
    await deadLetters.markDead(transaction, due, { error: textOf(cause), attempts, blocksKey: !(cause instanceof MessageRejected) });
    if (read) outcomes.dead(read, cause);
  }

  private failed(what: string, error: unknown): void {
    if (!this.stopping.signal.aborted) this.options.watch.failed(what, error);
  }
}

const dueMessages = 'stored messages';
const messagesOf = (partition: string): string => `${dueMessages} of ${partition}`;
