import { pause } from '../broker/backoff.js';
import type { AssignedPartition } from '../broker/broker.js';
import { type DueMessage, deferralStepMs } from '../dead-letters/dead-letters.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';
import { classify, faults, faultTries, messageConflicts, textOf } from './errors.js';
import { defers } from './handler.js';
import { nameOf, type PartitionWatch } from './partition-watch.js';
import type { Pipeline } from './pipeline.js';

export interface DeferredCommandsOptions {
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

/** Retries deferred commands in steps; the owner of their partition runs them between two of its batches. */
export class DeferredCommands {
  private readonly stopping = new AbortController();
  /** Aborted when a command was deferred, so that the next check is soon. */
  private idle = new AbortController();
  private checking: Promise<void> = Promise.resolve();
  /** Partitions whose deferred commands are running, or waiting for a batch. */
  private readonly waiting = new Set<string>();
  private readonly inProgress = new Set<Promise<void>>();

  constructor(private readonly options: DeferredCommandsOptions) {}

  start(): void {
    this.checking = this.check();
  }

  /** A command was deferred. */
  wake(): void {
    this.idle.abort();
  }

  /** Starts no further command. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.checking;
  }

  /** Resolves when the commands in progress are done. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.inProgress);
  }

  /** Retries the due commands of a partition. */
  async retryDue(partition: AssignedPartition): Promise<void> {
    for (let more = true; more && !this.stopping.signal.aborted; ) more = await this.next(partition);
  }

  private async check(): Promise<void> {
    const { watch } = this.options;
    const { signal } = this.stopping;
    while (!signal.aborted) {
      let pauseMs = afterErrorMs;
      try {
        pauseMs = await this.checkOnce();
        watch.recovered(deferredCommands);
      } catch (error) {
        this.failed(deferredCommands, error);
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
    // Partitions or commands taken over by another instance or an operator no longer count as failing here.
    watch.keepOnly(commandsOf(''), new Set(mine.map((partition) => commandsOf(nameOf(partition)))));
    for (const partition of mine.filter(({ dueInMs }) => dueInMs === 0)) void this.inTurn(partition);
    return mine.length > 0 ? deferralStepMs / 2 : idleCheckMs;
  }

  /** The other partitions do not wait for this one's turn. */
  private async inTurn(partition: AssignedPartition): Promise<void> {
    const { watch, transacting } = this.options;
    const name = nameOf(partition);
    if (this.waiting.has(name)) return;
    this.waiting.add(name);
    const work = async () => {
      const inProgress = this.retryDue(partition);
      this.inProgress.add(inProgress);
      await inProgress.finally(() => this.inProgress.delete(inProgress));
    };
    try {
      await watch.inTurn(partition, () => transacting(work));
      watch.recovered(commandsOf(name));
    } catch (error) {
      this.failed(commandsOf(name), error);
      await pause(afterErrorMs, this.stopping.signal);
    } finally {
      this.waiting.delete(name);
    }
  }

  /** Resolves to false if nothing was due. */
  private async next(partition: AssignedPartition): Promise<boolean> {
    const { pipeline } = this.options;
    const { signal } = this.stopping;
    let taken: DueMessage | undefined;
    const retry = () =>
      pipeline.transaction(partition, async (transaction) => {
        taken = await pipeline.deadLetters.takeDue(transaction, partition);
        if (taken) await this.handle(transaction, taken);
      });
    try {
      await faults.execute(() => messageConflicts.execute(retry, signal), signal);
    } catch (error) {
      if (!taken || signal.aborted || classify(error) !== 'fault') throw error;
      await this.giveUp(taken, error);
    }
    return taken !== undefined;
  }

  private async handle(transaction: Transaction, due: DueMessage): Promise<void> {
    const { pipeline, limitMs = defaultLimitMs, caughtUp } = this.options;
    const { decoder, deadLetters } = pipeline;
    const read = decoder.read(due.record);
    if (!read) return deadLetters.markDead(transaction, due, 'the handler for its type no longer exists', due.attempts);
    if (read.undecodable) return deadLetters.markDead(transaction, due, textOf(read.undecodable), due.attempts);
    const waitedMs = due.waitedMs + (caughtUp() ? deferralStepMs : 0);
    try {
      await pipeline.handle({ ...read.message, isDeferred: true, isLastTry: waitedMs >= limitMs }, read.handler);
    } catch (error) {
      if (!defers(error, read.handler)) throw error;
      return deadLetters.deferAgain(transaction, due, waitedMs);
    }
    await deadLetters.release(transaction, due);
  }

  /** A due message failed by itself: it has as many attempts as any other. */
  private async giveUp(due: DueMessage, cause: unknown): Promise<void> {
    const { pipeline } = this.options;
    const { decoder, deadLetters, outcomes } = pipeline;
    const read = decoder.read(due.record);
    await pipeline.transaction(due.record, async (transaction) => {
      await deadLetters.markDead(transaction, due, textOf(cause), due.attempts + faultTries);
      if (read) outcomes.dead(read, cause);
    });
  }

  private failed(what: string, error: unknown): void {
    if (!this.stopping.signal.aborted) this.options.watch.failed(what, error);
  }
}

const deferredCommands = 'deferred commands';
const commandsOf = (partition: string): string => `${deferredCommands} of ${partition}`;
