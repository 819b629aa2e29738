import { DomainError } from '@ftgo/kernel';
import type { Operator, OperatorActions } from '../operations/operator-actions.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';

/** The dead letters to be redriven: one, all with a key on a topic, all of a handler (`Class.method`), or the newest of some topics. */
export type RedriveTarget =
  | { readonly id: string }
  | { readonly topic: string; readonly key: string }
  | { readonly handler: string }
  | { readonly topics: readonly string[]; readonly since: Date };

/** No dead letter has this id. */
export class DeadLetterNotFound extends DomainError {
  constructor(id: string) {
    super('DEAD_LETTER_NOT_FOUND', 'not-found', `dead letter ${id} not found`, { id });
  }
}

/** The dead letter is in a state in which the act has no meaning. */
export class DeadLetterNotOpen extends DomainError {
  constructor(id: string, status: string, remedy: string) {
    super('DEAD_LETTER_NOT_OPEN', 'conflict', `dead letter ${id} is ${status}: ${remedy}`, { id, status });
  }
}

/** The name of a dead letter in the record of acts. */
export const deadLetterSubject = (id: string): string => `dead-letter/${id}`;

/**
 * What an operator does about dead letters, recorded with who did it and why. The messages are not handled here: the consumer
 * that owns their partition handles them between two of its batches, in the order of their keys.
 */
export class DeadLetterActions {
  constructor(
    private readonly transactions: Transactions,
    private readonly actions: OperatorActions,
  ) {}

  /**
   * Marks dead letters to be handled again; those parked behind them follow. Resolves to their ids. Throws DeadLetterNotFound or
   * DeadLetterNotOpen if `target` is one that is not dead.
   */
  redrive(target: RedriveTarget, operator: Operator, reason?: string): Promise<string[]> {
    const { condition, values } = conditionOf(target);
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ id: string }>({
        text: `UPDATE dead_letter SET due_at = clock_timestamp(), waited_ms = 0, changed_at = clock_timestamp()
          WHERE status = 'dead' AND ${condition} RETURNING id::text AS id`,
        values,
      });
      const ids = rows.map(({ id }) => id);
      if ('id' in target && ids.length === 0) await rejectAct(transaction, target.id);
      const subjects = ids.map(deadLetterSubject);
      await this.actions.record(transaction, operator, { action: 'dead-letter.redrive', subjects, reason });
      return ids;
    });
  }

  /**
   * Gives up a message that is dead, deferred or parked: it is never handled, and later events with its key no longer wait for it.
   * Throws DeadLetterNotFound or DeadLetterNotOpen.
   */
  discard(id: string, operator: Operator, reason: string): Promise<void> {
    return this.transactions.run(async (transaction) => {
      const { rowCount } = await transaction.query({
        text: `UPDATE dead_letter SET status = 'discarded', due_at = NULL, changed_at = clock_timestamp()
          WHERE id::text = $1 AND status IN ('dead', 'deferred', 'parked')`,
        values: [id],
      });
      if (rowCount === 0) await rejectAct(transaction, id);
      await this.actions.record(transaction, operator, { action: 'dead-letter.discard', subjects: [deadLetterSubject(id)], reason });
    });
  }

  /**
   * Gives up messages that are dead or parked because their effect exists by other means, such as a rebuild: for the transaction
   * that creates it. Others of these ids are ignored.
   */
  discardSuperseded(group: string, messageIds: readonly string[], operator: Operator, reason: string): Promise<void> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ id: string }>({
        text: `UPDATE dead_letter SET status = 'discarded', due_at = NULL, changed_at = clock_timestamp()
          WHERE consumer_group = $1 AND message_id = ANY ($2::uuid[]) AND status IN ('dead', 'parked') RETURNING id`,
        values: [group, messageIds],
      });
      if (rows.length === 0) return;
      const subjects = rows.map(({ id }) => deadLetterSubject(id));
      await this.actions.record(transaction, operator, { action: 'dead-letter.discard', subjects, reason });
    });
  }
}

function conditionOf(target: RedriveTarget): { condition: string; values: unknown[] } {
  if ('id' in target) return { condition: 'id::text = $1', values: [target.id] };
  if ('handler' in target) return { condition: 'handler = $1', values: [target.handler] };
  if ('topics' in target) return { condition: 'topic = ANY ($1) AND stored_at >= $2', values: [target.topics, target.since] };
  return { condition: 'topic = $1 AND key = $2', values: [target.topic, Buffer.from(target.key)] };
}

/** Throws the reason why an act on one dead letter changed nothing. */
async function rejectAct(transaction: Transaction, id: string): Promise<never> {
  const { rows } = await transaction.query<{ status: string; blocking: string | null }>({
    text: `SELECT status, (SELECT min(earlier.id)::text FROM dead_letter earlier WHERE earlier.consumer_group = d.consumer_group
        AND earlier.topic = d.topic AND earlier.key = d.key AND earlier.blocks_key AND earlier.status = 'dead') AS blocking
      FROM dead_letter d WHERE id::text = $1`,
    values: [id],
  });
  const [found] = rows;
  if (!found) throw new DeadLetterNotFound(id);
  const { status, blocking } = found;
  if (status === 'deferred') throw new DeadLetterNotOpen(id, status, 'it is retried automatically');
  if (status === 'parked')
    throw new DeadLetterNotOpen(id, status, blocking ? `redrive or discard ${blocking} first` : 'it is about to be handled');
  throw new DeadLetterNotOpen(id, status, 'nothing is left to do');
}
