import type { Collector, Transaction } from '@ftgo/messaging';
import type { HistoryEntry } from '../decide/decision.js';
import { jsonCopy } from '../decide/instance.js';
import { historyRowsOf, rowOf, type SagaMove, type SagaRow, type Start, type StoredSaga, sagaStore, startOf } from './saga-store.js';

/** What a transaction does to a saga. Without a row, the instance is unchanged. */
interface Change {
  readonly sagaId: string;
  readonly row?: SagaRow;
  /** A new instance. */
  readonly start?: Start;
  readonly history: readonly HistoryEntry[];
}

/**
 * The sagas of a transaction: those of a batch of replies are locked in one statement, and what becomes of them is stored in one
 * statement before the commit.
 */
export class SagaBatches implements Collector<Change> {
  private readonly locked = new WeakMap<Transaction, Map<string, StoredSaga>>();

  async lockAll(transaction: Transaction, sagaIds: readonly string[]): Promise<void> {
    const sagas = await sagaStore.lockAll(transaction, [...new Set(sagaIds)]);
    this.locked.set(transaction, new Map(sagas.map((saga) => [saga.instance.id, saga])));
  }

  /** The saga after its last move in this transaction, even if its start is committed but not yet visible. */
  async lock(transaction: Transaction, sagaId: string): Promise<StoredSaga | undefined> {
    const saga = this.locked.get(transaction)?.get(sagaId.toLowerCase()) ?? (await sagaStore.lock(transaction, sagaId));
    if (saga) return saga;
    await sagaStore.untilStartIsDecided(transaction, sagaId);
    return sagaStore.lock(transaction, sagaId);
  }

  /** Stores a move of a locked saga before the commit. */
  move(transaction: Transaction, saga: StoredSaga, move: SagaMove<unknown>): void {
    const { instance, history } = move;
    const row = rowOf(move);
    this.locked.get(transaction)?.set(instance.id, { ...saga, instance: { ...instance, state: jsonCopy(row.state) } });
    transaction.collect(this, { sagaId: instance.id, row, history });
  }

  /** Stores a new instance before the commit. */
  start(transaction: Transaction, move: SagaMove<unknown>, startedBy: string | undefined): void {
    transaction.collect(this, { sagaId: move.instance.id, start: startOf(move, startedBy), history: [] });
  }

  /** Appends history only; the instance is unchanged. */
  note(transaction: Transaction, sagaId: string, history: readonly HistoryEntry[]): void {
    if (history.length > 0) transaction.collect(this, { sagaId, history });
  }

  async flush(changes: readonly Change[], transaction: Transaction): Promise<void> {
    for (const { start } of changes) if (start) await sagaStore.insert(transaction, start);
    const rows = new Map<string, SagaRow>();
    for (const { row } of changes) if (row) rows.set(row.id, afterBoth(rows.get(row.id), row));
    const history = changes.flatMap((change) => historyRowsOf(change.sagaId, change.history));
    if (history.length > 0 || rows.size > 0) await sagaStore.write(transaction, [...rows.values()], history);
  }
}

/** Of two moves of one saga, the second one decides, but may keep the deadline of the first one. */
const afterBoth = (first: SagaRow | undefined, second: SagaRow): SagaRow =>
  first && second.keeps_deadline ? { ...second, deadline_ms: first.deadline_ms, keeps_deadline: first.keeps_deadline } : second;
