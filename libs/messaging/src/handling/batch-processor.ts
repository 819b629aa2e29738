import type { AssignedPartition, ReceivedRecord, RecordBatch } from '../broker/broker.js';
import { type DeadLetters, type DueMessage, deferralStepMs } from '../dead-letters/dead-letters.js';
import { diagnostics } from '../diagnostics.js';
import { type Inbox, inboxId } from '../inbox/inbox.js';
import { typeOf } from '../message/envelope.js';
import { contextOfMessage, type MessageContext, messageContext } from '../message/message-context.js';
import type { MessagingLogger } from '../telemetry/logger.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';
import type { Dispatchable, Dispatcher, Readable } from './dispatcher.js';
import { classify, Undecodable } from './errors.js';
import { NotYet } from './handler.js';
import { HandlerErrors } from './handler-errors.js';
import { HandlerTallies, type MessageOutcome } from './handler-tallies.js';
import { eachInOrder, lanesOf } from './lanes.js';
import { MessageReport, placeOf } from './message-report.js';
import type { MessagingSystem } from './process-span.js';
import { Rejections } from './rejections.js';
import { batchConflicts, faults, faultTries, messageConflicts } from './retry-policies.js';

export interface ProcessorOptions {
  readonly transactions: Transactions;
  readonly dispatcher: Dispatcher;
  readonly inbox: Inbox;
  readonly deadLetters: DeadLetters;
  /** How spans call the broker. */
  readonly system: MessagingSystem;
  readonly logger: MessagingLogger;
  /** How long a command may be deferred, in ms of caught-up time. */
  readonly deferralLimitMs: number;
  /** Something of this partition was committed. */
  readonly onCommitted?: (partition: AssignedPartition) => void;
}

/** What the processor has done since it was made. */
export interface ProcessorCounts {
  handled: number;
  duplicates: number;
  deferred: number;
  dead: number;
  unknownTypes: number;
}

/** A message's turn in a batch. */
interface Turn {
  readonly report: MessageReport;
  /** For the metric of durations, of which a few of a large batch are enough. */
  readonly isTimed: boolean;
}

/** One run of a handler. */
interface Attempt {
  readonly context: MessageContext;
  /** A command that is not possible yet is refused now. */
  readonly lastTry?: boolean;
}

/** One look at a due message. */
interface Round {
  readonly caughtUp: boolean;
  readonly report: MessageReport;
}

/**
 * Exactly-once effects: a partition's batch is one transaction of inbox rows, effects and outbox rows. When that fails
 * for a message's own reason, the batch goes through again one message a transaction, so that one poison message costs
 * one batch. What cannot be handled is dead-lettered; what only met a conflict or an outage never is.
 */
export class BatchProcessor {
  readonly counts: ProcessorCounts = { handled: 0, duplicates: 0, deferred: 0, dead: 0, unknownTypes: 0 };
  readonly tallies: HandlerTallies;
  readonly rejections: Rejections;
  private readonly handlerErrors = new HandlerErrors();
  private readonly seenUnknown = new Set<string>();

  constructor(private readonly options: ProcessorOptions) {
    this.tallies = new HandlerTallies(options.dispatcher.handlers);
    this.rejections = new Rejections(options.dispatcher.topics);
  }

  /** Rejects only for infrastructure errors, or when the batch was taken away; then nothing of what remains was done. */
  async process(batch: RecordBatch, isCatchingUp?: boolean): Promise<void> {
    const readable = batch.records.map((record) => this.read(record, isCatchingUp)).filter((read) => read !== undefined);
    if (readable.length === 0) return;
    if (await this.together(readable, batch.signal)) return;
    for (const read of readable) this.count('retried', read);
    for (const read of readable) await this.singly(read, batch.signal);
  }

  /** Works the deferred commands of a partition that are due now. */
  async processDue(partition: AssignedPartition, caughtUp: boolean, signal: AbortSignal): Promise<void> {
    for (let more = true; more && !signal.aborted; ) more = await this.nextDue(partition, caughtUp, signal);
  }

  private read(record: ReceivedRecord, isCatchingUp?: boolean): Readable | undefined {
    try {
      const dispatchable = this.options.dispatcher.decode(record, isCatchingUp);
      if (!dispatchable) this.noteUnknown(record);
      return dispatchable;
    } catch (error) {
      if (error instanceof Undecodable) return { record, undecodable: error };
      throw error;
    }
  }

  /** True when the whole batch was handled in one transaction. */
  private async together(batch: readonly Readable[], signal: AbortSignal): Promise<boolean> {
    try {
      await batchConflicts.execute(({ attempt }) => this.run(batch, signal, attempt));
      return true;
    } catch (error) {
      if (signal.aborted || classify(error) === 'infrastructure') throw error;
      return false;
    }
  }

  private async singly(read: Readable, signal: AbortSignal): Promise<void> {
    try {
      let tries = 0;
      await faults.execute(() => messageConflicts.execute(() => this.run([read], signal, tries++)));
    } catch (error) {
      if (signal.aborted || classify(error) !== 'fault') throw error;
      await this.deadLetter(read, error);
    }
  }

  private run(batch: readonly Readable[], signal: AbortSignal, earlierTries: number): Promise<void> {
    if (earlierTries > 0) for (const read of batch) this.count('retried', read);
    return this.inTransaction(batch, signal);
  }

  private async inTransaction(batch: readonly Readable[], signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { transactions, inbox } = this.options;
    const outcomes = new Map<Readable, MessageOutcome>();
    const report = this.report();
    const work = async (transaction: Transaction) => {
      const fresh = await inbox.claim(
        transaction,
        batch.map(({ record }) => inboxId(record)),
      );
      // A repeat within the batch finds its id gone.
      const unhandled = batch.filter(({ record }) => fresh.delete(inboxId(record)));
      const everyNth = Math.ceil(unhandled.length / timedInBatch);
      let n = 0;
      await eachInOrder(lanesOf(unhandled), async (read) => {
        const isTimed = n++ % everyNth === 0;
        outcomes.set(read, await this.handle(transaction, read, { report, isTimed }));
      });
    };
    await transactions.run(work).catch((error: unknown) => this.handlerErrors.rethrow(error));
    this.committed(batch[0] as Readable);
    report.committed();
    for (const read of batch) {
      this.count(outcomes.get(read) ?? 'duplicate', read);
      if (!outcomes.has(read)) report.duplicate(read.record);
    }
    if (diagnostics.inboxHandled.hasSubscribers) diagnostics.inboxHandled.publish({ records: batch.map(({ record }) => record) });
  }

  private async handle(transaction: Transaction, read: Readable, { report, isTimed }: Turn): Promise<MessageOutcome> {
    const { deadLetters } = this.options;
    if ('undecodable' in read) {
      const error = describe(read.undecodable);
      await deadLetters.add(transaction, read.record, { status: 'dead', error, attempts: 1 });
      this.rejections.count(read.record.topic, read.undecodable);
      this.reportDead(read, error);
      return 'dead';
    }
    return report.handling(read, async (context) => {
      try {
        const work = () => this.dispatch(transaction, read, { context });
        return await (isTimed ? this.timed(read, work) : work());
      } catch (error) {
        if (!(error instanceof NotYet) || read.handler.kind !== 'command') throw error;
        await deadLetters.add(transaction, read.record, {
          status: 'deferred',
          error: error.message,
          attempts: 1,
          handler: read.handler.name,
        });
        return 'deferred';
      }
    });
  }

  private report(): MessageReport {
    const { inbox, system, logger } = this.options;
    return new MessageReport(inbox.group, system, (details) => logger.log('message handled', details));
  }

  private async dispatch(transaction: Transaction, read: Dispatchable, { context, lastTry }: Attempt): Promise<'handled' | 'refused'> {
    const outcome = await this.handlerErrors.noting(() => this.options.dispatcher.handle(transaction, read, lastTry, context));
    return outcome === 'success' ? 'handled' : 'refused';
  }

  private async timed<T>(read: Dispatchable, work: () => Promise<T>): Promise<T> {
    const since = performance.now();
    try {
      return await work();
    } finally {
      this.tallies.ran(read.handler, performance.now() - since);
    }
  }

  private async deadLetter(read: Readable, cause: unknown): Promise<void> {
    const { transactions, inbox, deadLetters } = this.options;
    const { record } = read;
    const handler = nameOf(read);
    const error = describe(cause);
    const attempts = cause instanceof Undecodable ? 1 : faultTries;
    const work = async (transaction: Transaction) => {
      const fresh = await inbox.claim(transaction, [inboxId(record)]);
      if (fresh.size > 0) await deadLetters.add(transaction, record, { status: 'dead', error, attempts, handler });
    };
    await transactions.run(work).catch((error: unknown) => this.handlerErrors.rethrow(error));
    this.committed(read);
    this.count('dead', read);
    this.rejections.count(record.topic, cause);
    this.reportDead(read, error);
  }

  /** Resolves to false when nothing was due. */
  private async nextDue(partition: AssignedPartition, caughtUp: boolean, signal: AbortSignal): Promise<boolean> {
    const { transactions, deadLetters } = this.options;
    let taken: DueMessage | undefined;
    const round = async () => {
      const report = this.report();
      const work = async (transaction: Transaction) => {
        const due = (taken = await deadLetters.takeDue(transaction, partition));
        if (due) await this.handleDue(transaction, due, { caughtUp, report });
      };
      await transactions.run(work).catch((error: unknown) => this.handlerErrors.rethrow(error));
      this.options.onCommitted?.(partition);
      report.committed();
    };
    try {
      await faults.execute(() => messageConflicts.execute(round, signal), signal);
    } catch (error) {
      if (!taken || signal.aborted || classify(error) !== 'fault') throw error;
      await this.giveUpDue(taken, describe(error));
    }
    return taken !== undefined;
  }

  private async handleDue(transaction: Transaction, due: DueMessage, { caughtUp, report }: Round): Promise<void> {
    const { deadLetters, deferralLimitMs } = this.options;
    const read = this.read(due.record);
    const waitedMs = due.waitedMs + (caughtUp ? deferralStepMs : 0);
    if (!read) return deadLetters.markDead(transaction, due, 'no handler for its type any more', due.attempts);
    if ('undecodable' in read) return deadLetters.markDead(transaction, due, describe(read.undecodable), due.attempts);
    await report.handling(read, async (context) => {
      let outcome: MessageOutcome;
      try {
        outcome = await this.timed(read, () => this.dispatch(transaction, read, { context, lastTry: waitedMs >= deferralLimitMs }));
      } catch (error) {
        if (!(error instanceof NotYet)) throw error;
        await deadLetters.deferAgain(transaction, due, waitedMs);
        return undefined;
      }
      this.count(outcome, read);
      await deadLetters.release(transaction, due);
      return outcome;
    });
  }

  /** A due message failed for its own reason, as often as any other may. */
  private async giveUpDue(due: DueMessage, error: string): Promise<void> {
    const { transactions, deadLetters } = this.options;
    await transactions
      .run((transaction) => deadLetters.markDead(transaction, due, error, due.attempts + faultTries))
      .catch((error: unknown) => this.handlerErrors.rethrow(error));
    const read = this.read(due.record);
    if (!read) return;
    this.count('dead', read);
    this.reportDead(read, error);
  }

  private committed({ record }: Readable): void {
    this.options.onCommitted?.(record);
  }

  private count(outcome: MessageOutcome, read: Readable): void {
    this.tallies.count(outcome, read.record.topic, 'handler' in read ? read.handler : undefined);
    const name = countOf[outcome];
    if (name) this.counts[name]++;
  }

  private reportDead(read: Readable, error: string): void {
    const { record } = read;
    const details = { messageId: inboxId(record), ...placeOf(record), handler: nameOf(read), reason: error };
    const report = () => this.options.logger.error('message dead-lettered', details);
    if ('message' in read) messageContext.run(contextOfMessage(read.message), report);
    else report();
  }

  private noteUnknown(record: ReceivedRecord): void {
    this.counts.unknownTypes++;
    const type = `${record.topic} ${typeOf(record)}`;
    if (this.seenUnknown.has(type) || this.seenUnknown.size >= maxUnknownTypes) return;
    this.seenUnknown.add(type);
    this.options.logger.warn('nobody here handles this type of message; it is skipped', { topic: record.topic, type: typeOf(record) });
  }
}

const maxUnknownTypes = 1_000;

/** Of a large batch only so many handlers are timed: looking at the clock costs more than all counting. */
const timedInBatch = 8;

const countOf = {
  handled: 'handled',
  refused: 'handled',
  duplicate: 'duplicates',
  deferred: 'deferred',
  dead: 'dead',
  retried: undefined,
} as const;

const nameOf = (read: Readable): string | undefined => ('handler' in read ? read.handler.name : undefined);

const describe = (error: unknown): string => (error instanceof Error ? `${error.name}: ${error.message}` : String(error));
