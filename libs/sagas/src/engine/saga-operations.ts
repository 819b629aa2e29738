import { DomainError } from '@ftgo/kernel';
import type { Refusal, Transaction, Transactions } from '@ftgo/messaging';
import type { OperatorAct, SagaEvent } from '../decide/decision.js';
import type { SagaInstance, SagaStatus } from '../decide/instance.js';
import type { Sagas } from './sagas.js';

/** A line of the list of sagas. */
export interface SagaSummary {
  readonly id: string;
  readonly saga: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly step: string;
  /** Why it is stuck, or why its step is tried again. */
  readonly problem?: string | undefined;
  readonly refusal?: Refusal | undefined;
  readonly alarmed: boolean;
  readonly startedAt: Date;
  readonly stepSince: Date;
  readonly endedAt?: Date | undefined;
}

export interface SagaHistoryRow {
  readonly at: Date;
  readonly event: SagaEvent;
  readonly step: string;
  readonly messageId?: string | undefined;
  /** From the step's beginning to its answer. */
  readonly durationMs?: number | undefined;
  readonly detail?: string | undefined;
  readonly operator?: string | undefined;
}

export interface SagaDetails extends SagaSummary {
  readonly correlationId: string;
  readonly done: readonly string[];
  /** As it is stored, in JSON. */
  readonly state: unknown;
  /** When the time of its step is up, if everything runs until then. */
  readonly dueAt?: Date | undefined;
  readonly history: readonly SagaHistoryRow[];
}

export interface SagaFilter {
  readonly status?: SagaStatus;
  readonly saga?: string;
  /** 100 when not said. */
  readonly limit?: number;
}

/** Who acts, and why: kept in the history. */
export interface OperatorNote {
  readonly by: string;
  readonly reason: string;
}

export class SagaNotFound extends DomainError {
  constructor(id: string) {
    super('SAGA_NOT_FOUND', 'not-found', `there is no saga ${id}`);
  }
}

/** What operators see of sagas, and what they can do to one that has not ended. */
export class SagaOperations {
  constructor(
    private readonly sagas: Sagas,
    private readonly transactions: Transactions,
  ) {}

  /** Newest first. */
  list({ status, saga, limit = 100 }: SagaFilter = {}): Promise<SagaSummary[]> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<SummaryRow>({
        text: `SELECT ${summary} FROM saga_instance i WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR saga = $2)
          ORDER BY started_at DESC, id DESC LIMIT $3`,
        values: [status ?? null, saga ?? null, limit],
      });
      return rows.map(summaryOf);
    });
  }

  /** Throws SagaNotFound. */
  show(id: string): Promise<SagaDetails> {
    return this.transactions.run((transaction) => show(transaction, id));
  }

  /** Sends the command of the current step again, or runs its local work again, now. */
  retry(id: string, note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'retry' }, note);
  }

  /** Goes on as if the current step had succeeded. */
  skip(id: string, note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'skip' }, note);
  }

  /** Undoes what was done, the current step included, since it may have happened. Not after the pivot. */
  compensate(id: string, note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'compensate', refusal: { code: 'UNDONE_BY_OPERATOR', detail: note.reason } }, note);
  }

  /** Ends it as it is; whatever is missing was done by hand. */
  resolve(id: string, status: 'COMPLETED' | 'ROLLED_BACK', note: OperatorNote): Promise<SagaInstance<unknown>> {
    return this.act(id, { act: 'resolve', status }, note);
  }

  private async act(id: string, act: OperatorAct, note: OperatorNote): Promise<SagaInstance<unknown>> {
    const instance = await this.sagas.operate(id, { kind: 'operator', act, ...note });
    if (!instance) throw new SagaNotFound(id);
    return instance;
  }
}

const summary = 'i.id, i.saga, i.version, i.status, i.step, i.problem, i.refusal, i.alarmed, i.started_at, i.step_since, i.ended_at';

async function show(transaction: Transaction, id: string): Promise<SagaDetails> {
  const { rows } = await transaction.query<DetailsRow>({
    text: `SELECT ${summary}, i.correlation_id, i.done, i.state,
        greatest(d.due_at, c.resumed_at + d.deadline_ms * interval '1 ms') AS due_at
      FROM saga_instance i LEFT JOIN saga_deadline d ON d.saga_id = i.id CROSS JOIN saga_clock c WHERE i.id::text = $1`,
    values: [id],
  });
  const row = rows[0];
  if (!row) throw new SagaNotFound(id);
  const history = await transaction.query<HistoryRow>({
    text: 'SELECT at, event, step, message_id, duration_ms, detail, operator FROM saga_history WHERE saga_id::text = $1 ORDER BY position',
    values: [id],
  });
  return {
    ...summaryOf(row),
    correlationId: row.correlation_id,
    done: row.done,
    state: row.state,
    dueAt: row.due_at ?? undefined,
    history: history.rows.map(historyOf),
  };
}

interface SummaryRow {
  readonly id: string;
  readonly saga: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly step: string;
  readonly problem: string | null;
  readonly refusal: Refusal | null;
  readonly alarmed: boolean;
  readonly started_at: Date;
  readonly step_since: Date;
  readonly ended_at: Date | null;
}

interface DetailsRow extends SummaryRow {
  readonly correlation_id: string;
  readonly done: string[];
  readonly state: unknown;
  readonly due_at: Date | null;
}

interface HistoryRow {
  readonly at: Date;
  readonly event: SagaEvent;
  readonly step: string;
  readonly message_id: string | null;
  readonly duration_ms: string | null;
  readonly detail: string | null;
  readonly operator: string | null;
}

const summaryOf = (row: SummaryRow): SagaSummary => ({
  id: row.id,
  saga: row.saga,
  version: row.version,
  status: row.status,
  step: row.step,
  problem: row.problem ?? undefined,
  refusal: row.refusal ?? undefined,
  alarmed: row.alarmed,
  startedAt: row.started_at,
  stepSince: row.step_since,
  endedAt: row.ended_at ?? undefined,
});

const historyOf = (row: HistoryRow): SagaHistoryRow => ({
  at: row.at,
  event: row.event,
  step: row.step,
  messageId: row.message_id ?? undefined,
  durationMs: row.duration_ms === null ? undefined : Number(row.duration_ms),
  detail: row.detail ?? undefined,
  operator: row.operator ?? undefined,
});
