import type { Answer, ContentType, Transaction, Transactions } from '@ftgo/messaging';

/** The replies that a participant has sent, by step; every call is made in the transaction of the inbox. */
export interface Answers {
  /** The stored reply; undefined if this call is the first, whose reply must be stored or whose claim must be released. */
  claim(sagaId: string, sagaStep: string): Promise<Answer | 'withdrawn' | undefined>;
  keep(sagaId: string, sagaStep: string, answer: Answer): Promise<void>;
  release(sagaId: string, sagaStep: string): Promise<void>;
  /** The reply to a step that is to be undone; if there is none, the step is withdrawn for good. */
  withdraw(sagaId: string, sagaStep: string): Promise<Answer | undefined>;
}

/** In the participant's own database: two concurrent deliveries wait for each other. */
export class PgAnswers implements Answers {
  constructor(private readonly transactions: Transactions) {}

  async claim(sagaId: string, sagaStep: string): Promise<Answer | 'withdrawn' | undefined> {
    const transaction = this.transactions.current('replying to a saga');
    if (await insert(transaction, sagaId, sagaStep, 'unanswered')) return undefined;
    await keepForLonger(transaction, sagaId);
    return await find(transaction, sagaId, sagaStep);
  }

  async keep(sagaId: string, sagaStep: string, { outcome, typeName, dataSchema, contentType, payload }: Answer): Promise<void> {
    await this.transactions.current('replying to a saga').query({
      name: 'sagas-answer-keep',
      text: `UPDATE saga_answer SET outcome = $3, type_name = $4, data_schema = $5, content_type = $6, payload = $7
        WHERE saga_id = $1 AND saga_step = $2`,
      values: [sagaId, sagaStep, outcome, typeName, dataSchema, contentType, payload],
    });
  }

  async release(sagaId: string, sagaStep: string): Promise<void> {
    await this.transactions.current('replying to a saga').query({
      name: 'sagas-answer-release',
      text: `DELETE FROM saga_answer WHERE saga_id = $1 AND saga_step = $2 AND outcome = 'unanswered'`,
      values: [sagaId, sagaStep],
    });
  }

  async withdraw(sagaId: string, sagaStep: string): Promise<Answer | undefined> {
    const transaction = this.transactions.current('undoing a step of a saga');
    if (await insert(transaction, sagaId, sagaStep, 'withdrawn')) return undefined;
    const answer = await find(transaction, sagaId, sagaStep);
    return answer === 'withdrawn' ? undefined : answer;
  }

  /**
   * Deletes replies that were sent, or requested again, more than `days` ago, in small batches. Returns the number of deleted
   * replies.
   */
  async prune(days = 30, atOnce = 1_000): Promise<number> {
    let pruned = 0;
    for (let more = atOnce; more === atOnce; pruned += more) {
      more = await this.transactions.run(async (transaction) => {
        const { rowCount } = await transaction.query({
          name: 'sagas-answer-prune',
          text: `DELETE FROM saga_answer WHERE (saga_id, saga_step) IN (
            SELECT saga_id, saga_step FROM saga_answer WHERE answered_at < now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED)`,
          values: [days, atOnce],
        });
        return rowCount;
      });
    }
    return pruned;
  }
}

/** False if there is a row; waits for a transaction in progress that inserts it. */
async function insert(transaction: Transaction, sagaId: string, sagaStep: string, outcome: 'unanswered' | 'withdrawn'): Promise<boolean> {
  const { rowCount } = await transaction.query({
    name: 'sagas-answer-claim',
    text: 'INSERT INTO saga_answer (saga_id, saga_step, outcome) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
    values: [sagaId, sagaStep, outcome],
  });
  return rowCount > 0;
}

/**
 * The replies to a saga that still sends commands must not be deleted, since it may have to undo their steps; once a day is
 * enough.
 */
async function keepForLonger(transaction: Transaction, sagaId: string): Promise<void> {
  await transaction.query({
    name: 'sagas-answer-keep-for-longer',
    text: `UPDATE saga_answer SET answered_at = now() WHERE saga_id = $1 AND answered_at < now() - interval '1 day'`,
    values: [sagaId],
  });
}

async function find(transaction: Transaction, sagaId: string, sagaStep: string): Promise<Answer | 'withdrawn' | undefined> {
  const { rows } = await transaction.query<AnswerRow>({
    name: 'sagas-answer-find',
    text: 'SELECT outcome, type_name, data_schema, content_type, payload FROM saga_answer WHERE saga_id = $1 AND saga_step = $2',
    values: [sagaId, sagaStep],
  });
  const row = rows[0];
  if (!row || row.outcome === 'unanswered') return undefined;
  if (row.outcome === 'withdrawn') return 'withdrawn';
  const { outcome, type_name: typeName, data_schema: dataSchema, content_type: contentType, payload } = row;
  return { outcome, typeName, dataSchema, contentType, payload };
}

interface AnswerRow {
  readonly outcome: 'success' | 'failure' | 'unanswered' | 'withdrawn';
  readonly type_name: string;
  readonly data_schema: string;
  readonly content_type: ContentType;
  readonly payload: Buffer;
}
