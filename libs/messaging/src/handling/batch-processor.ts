import type { RecordBatch } from '../broker/broker.js';
import { diagnostics } from '../diagnostics.js';
import type { Transaction } from '../transaction/transactions.js';
import { type Claim, claim, keyOf } from './claim.js';
import type { ReadRecord } from './decoder.js';
import { batchConflicts, classify, faults, faultTries, MessageRejected, messageConflicts, textOf, Undecodable } from './errors.js';
import { defers } from './handler.js';
import type { Pipeline } from './pipeline.js';

/**
 * Exactly-once effects: a partition's batch is one transaction of inbox rows, effects and outbox rows. If it fails because of a
 * message, the batch is rerun with one transaction per message, so that one poison message costs one batch. A message that
 * cannot be handled is dead-lettered; one that met a conflict or an outage never is. Later events with the key of a dead one are
 * parked behind it.
 */
export class BatchProcessor {
  constructor(private readonly pipeline: Pipeline) {}

  /** Rejects only for infrastructure errors, or if the partition was revoked; the rest of the batch is then not handled. */
  async process({ records, signal }: RecordBatch, isCatchingUp?: boolean): Promise<void> {
    const { decoder, outcomes } = this.pipeline;
    const batch: ReadRecord[] = [];
    for (const record of records) {
      const read = decoder.read(record, isCatchingUp);
      if (read) batch.push(read);
      else outcomes.unknown(record);
    }
    if (batch.length === 0 || (await this.together(batch, signal))) return;
    outcomes.retried(batch);
    for (const read of batch) await this.alone(read, signal);
  }

  /** True when the whole batch was handled in one transaction. */
  private async together(batch: readonly ReadRecord[], signal: AbortSignal): Promise<boolean> {
    try {
      await batchConflicts.execute(({ attempt }) => this.inTransaction(batch, signal, attempt));
      return true;
    } catch (error) {
      if (signal.aborted || classify(error) === 'infrastructure') throw error;
      return false;
    }
  }

  private async alone(read: ReadRecord, signal: AbortSignal): Promise<void> {
    let tries = 0;
    try {
      await faults.execute(() => messageConflicts.execute(() => this.inTransaction([read], signal, tries++)));
    } catch (error) {
      if (signal.aborted || classify(error) !== 'fault') throw error;
      await this.pipeline.transaction(read.record, async (transaction) => {
        const { fresh, blocked } = await claim(transaction, this.pipeline, [read]);
        await this.deadLetter(transaction, read, { cause: error, blocked, isFresh: fresh.size > 0 });
      });
    }
  }

  private async inTransaction(batch: readonly ReadRecord[], signal: AbortSignal, earlierTries: number): Promise<void> {
    const { outcomes } = this.pipeline;
    if (earlierTries > 0) outcomes.retried(batch);
    signal.throwIfAborted();
    const [{ record: partition }] = batch as readonly [ReadRecord];
    await this.pipeline.transaction(partition, async (transaction) => {
      const claiming = claim(transaction, this.pipeline, batch);
      // Sent behind the claim without waiting for it. If one of them fails, the transaction does.
      const [{ fresh, blocked }] = await Promise.all([claiming, this.pipeline.prepare(batch)]);
      const unhandled: ReadRecord[] = [];
      for (const read of batch) {
        // The second of two duplicates in one batch no longer finds its id.
        if (fresh.delete(read.id)) unhandled.push(read);
        else outcomes.duplicate(read);
      }
      await eachInOrder(sideBySide(unhandled), (read) => this.handle(transaction, read, blocked));
    });
    if (diagnostics.inboxHandled.hasSubscribers) diagnostics.inboxHandled.publish({ records: batch.map(({ record }) => record) });
  }

  private async handle(transaction: Transaction, read: ReadRecord, blocked: Claim['blocked']): Promise<void> {
    const { record, handler } = read;
    const { deadLetters, outcomes } = this.pipeline;
    const key = keyOf(read);
    if (key !== undefined && blocked.has(key)) {
      outcomes.parked(read);
      return deadLetters.add(transaction, record, { status: 'parked', attempts: 0, handler: handler?.name, blocksKey: true });
    }
    if (read.undecodable) return this.deadLetter(transaction, read, { cause: read.undecodable, blocked });
    try {
      await this.pipeline.handle(read.message, read.handler);
    } catch (error) {
      if (!defers(error, read.handler)) throw error;
      await deadLetters.add(transaction, record, { status: 'deferred', error: error.message, attempts: 1, handler: read.handler.name });
    }
  }

  private async deadLetter(
    transaction: Transaction,
    read: ReadRecord,
    { cause, blocked, isFresh = true }: { cause: unknown; blocked: Set<string>; isFresh?: boolean },
  ): Promise<void> {
    const { deadLetters, decoder, outcomes } = this.pipeline;
    const key = keyOf(read);
    const blocksKey = key !== undefined && decoder.isSendersEvent(read.record) && !(cause instanceof MessageRejected);
    if (blocksKey) blocked.add(key);
    if (isFresh) {
      const attempts = cause instanceof Undecodable ? 1 : faultTries;
      await deadLetters.add(transaction, read.record, {
        status: 'dead',
        error: textOf(cause),
        attempts,
        handler: read.handler?.name,
        blocksKey,
      });
    }
    outcomes.dead(read, cause);
  }
}

/** Groups the rows that run concurrently in one transaction: only events whose handlers touch nothing but their own key. */
function sideBySide(batch: readonly ReadRecord[]): Array<readonly ReadRecord[]> {
  const independent = batch.every(({ handler }) => handler?.kind === 'event' && handler.independentPerKey);
  return independent ? [...Map.groupBy(batch, ({ record }) => record.key?.toString('latin1')).values()] : [batch];
}

/**
 * Runs each row in order, and the rows concurrently. Waits for all of them before it rejects: none may continue in a
 * transaction that is being rolled back.
 */
async function eachInOrder<T>(rows: ReadonlyArray<readonly T[]>, work: (item: T) => Promise<void>): Promise<void> {
  const settled = await Promise.allSettled(
    rows.map(async (row) => {
      for (const item of row) await work(item);
    }),
  );
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
