import { wallClockMs } from '@ftgo/kernel';
import type { Answer, Collector, ContentType, Transaction, Transactions } from '@ftgo/messaging';

/** A step of a saga. */
export interface AnsweredStep {
  readonly sagaId: string;
  readonly sagaStep: string;
}

/** The replies that a participant has sent, by step; every call is made in the transaction of the inbox. */
export interface Answers {
  /** Reads the replies to some steps, which are then found without a round trip each. */
  prepare(steps: readonly AnsweredStep[]): Promise<void>;
  /** The stored reply; undefined if there is none yet. */
  find(step: AnsweredStep): Promise<Answer | 'withdrawn' | undefined>;
  /**
   * Stores the first reply to a step, or that the step is withdrawn for good. If another transaction stores one too, one of them
   * fails, and is retried.
   */
  keep(step: AnsweredStep, answer: Answer | 'withdrawn'): void;
  /** Whether a reply that was sent after `since`, in milliseconds since 1970, may have been deleted: that none is found proves nothing. */
  mayHaveForgotten(since: number): boolean;
}

type Given = Answer | 'withdrawn';

interface NewAnswer extends AnsweredStep {
  readonly given: Given;
}

const what = 'replying to a saga';
const dayMs = 24 * 60 * 60 * 1_000;

/**
 * In the participant's own database. The unique key decides between two concurrent deliveries. `keepDays`: how long replies are
 * kept after they were last requested.
 */
export class PgAnswers implements Answers, Collector<NewAnswer> {
  private readonly known = new WeakMap<Transaction, Map<string, Given | undefined>>();

  constructor(
    private readonly transactions: Transactions,
    private readonly keepDays = 30,
  ) {}

  async prepare(steps: readonly AnsweredStep[]): Promise<void> {
    const transaction = this.transactions.current(what);
    const known = this.knownIn(transaction);
    const given = await select(transaction, steps);
    for (const step of steps) known.set(keyOf(step), undefined);
    for (const { given: answer, ...step } of given) known.set(keyOf(step), answer);
  }

  async find(step: AnsweredStep): Promise<Given | undefined> {
    const transaction = this.transactions.current(what);
    const known = this.knownIn(transaction);
    if (!known.has(keyOf(step))) await this.prepare([step]);
    const given = known.get(keyOf(step));
    if (given) await keepForLonger(transaction, step.sagaId);
    return given;
  }

  keep(step: AnsweredStep, given: Given): void {
    const transaction = this.transactions.current(what);
    this.knownIn(transaction).set(keyOf(step), given);
    transaction.collect(this, { ...step, given });
  }

  /** A day is enough for clocks that differ. */
  mayHaveForgotten(since: number): boolean {
    return wallClockMs() - since > (this.keepDays - 1) * dayMs;
  }

  flush(answers: readonly NewAnswer[], transaction: Transaction): Promise<void> {
    const given = answers.map((answer) => (answer.given === 'withdrawn' ? { outcome: answer.given } : answer.given));
    const of = (column: keyof Answer) => given.map((answer) => (column in answer ? (answer as Answer)[column] : null));
    return transaction.postpone({
      ...insertText,
      values: [
        answers.map(({ sagaId }) => sagaId),
        answers.map(({ sagaStep }) => sagaStep),
        ...(['outcome', 'typeName', 'dataSchema', 'contentType', 'payload'] as const).map(of),
      ],
    });
  }

  private knownIn(transaction: Transaction): Map<string, Given | undefined> {
    const known = this.known.get(transaction) ?? new Map<string, Given | undefined>();
    this.known.set(transaction, known);
    return known;
  }

  /**
   * Deletes replies that were sent, or requested again, more than `keepDays` ago, in small batches. Returns the number of deleted
   * replies.
   */
  async prune(atOnce = 1_000): Promise<number> {
    let pruned = 0;
    for (let more = atOnce; more === atOnce; pruned += more) {
      more = await this.transactions.run(async (transaction) => {
        const { rowCount } = await transaction.query({
          name: 'sagas-answer-prune',
          text: `DELETE FROM saga_answer WHERE (saga_id, saga_step) IN (
            SELECT saga_id, saga_step FROM saga_answer WHERE answered_at < now() - $1 * interval '1 day' LIMIT $2 FOR UPDATE SKIP LOCKED)`,
          values: [this.keepDays, atOnce],
        });
        return rowCount;
      });
    }
    return pruned;
  }
}

const keyOf = ({ sagaId, sagaStep }: AnsweredStep): string => JSON.stringify([sagaId, sagaStep]);

const insertText = {
  name: 'sagas-answer-keep',
  text: `INSERT INTO saga_answer (saga_id, saga_step, outcome, type_name, data_schema, content_type, payload)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])`,
};

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

async function select(transaction: Transaction, steps: readonly AnsweredStep[]): Promise<NewAnswer[]> {
  const { rows } = await transaction.query<AnswerRow>({
    name: 'sagas-answer-find',
    text: `SELECT saga_id, saga_step, outcome, type_name, data_schema, content_type, payload FROM saga_answer
      WHERE (saga_id, saga_step) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
    values: [steps.map(({ sagaId }) => sagaId), steps.map(({ sagaStep }) => sagaStep)],
  });
  return rows.map(answerOfRow);
}

function answerOfRow({ saga_id: sagaId, saga_step: sagaStep, outcome, ...row }: AnswerRow): NewAnswer {
  const { type_name: typeName, data_schema: dataSchema, content_type: contentType, payload } = row;
  return { sagaId, sagaStep, given: outcome === 'withdrawn' ? outcome : { outcome, typeName, dataSchema, contentType, payload } };
}

interface AnswerRow {
  readonly saga_id: string;
  readonly saga_step: string;
  readonly outcome: 'success' | 'failure' | 'withdrawn';
  readonly type_name: string;
  readonly data_schema: string;
  readonly content_type: ContentType;
  readonly payload: Buffer;
}
