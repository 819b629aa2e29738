import { DomainError } from '@ftgo/kernel';
import type { Refusal, Transaction, Transactions } from '@ftgo/messaging';
import { OutboxReader } from '@ftgo/messaging/operations';
import type { SagaEvent } from '../decide/decision.js';
import type { SagaStatus } from '../decide/instance.js';

/** A row of the list of sagas. */
export interface SagaSummary {
  readonly id: string;
  readonly saga: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly step: string;
  /** Why it is stuck, or why its step is retried. */
  readonly problem?: string | undefined;
  readonly refusal?: Refusal | undefined;
  readonly alarmed: boolean;
  readonly startedAt: Date;
  readonly stepSince: Date;
  readonly endedAt?: Date | undefined;
  /** The stored JSON. */
  readonly state: unknown;
}

export interface SagaHistoryRow {
  readonly at: Date;
  readonly event: SagaEvent;
  readonly step: string;
  readonly messageId?: string | undefined;
  /** Time from the start of the step to its reply. */
  readonly durationMs?: number | undefined;
  readonly detail?: string | undefined;
  readonly operator?: string | undefined;
}

/** The command whose reply a saga waits for. */
export interface AwaitedReply {
  readonly messageId: string;
  readonly topic: string;
  readonly type: string;
  readonly isPublished: boolean;
}

export interface SagaDetails extends SagaSummary {
  /** The correlation id of the request that started it. */
  readonly correlationId: string;
  readonly traceparent?: string | undefined;
  /** Who made that request: `<issuer>|<subject>`; undefined if it is unknown. */
  readonly startedBy?: string | undefined;
  readonly done: readonly string[];
  /** The deadline of its step, if there is no outage until then. */
  readonly dueAt?: Date | undefined;
  /** Undefined for a local step, and if the outbox no longer has the command. */
  readonly awaits?: AwaitedReply | undefined;
  readonly history: readonly SagaHistoryRow[];
}

export interface SagaFilter {
  readonly status?: SagaStatus;
  readonly saga?: string;
  /** Only those that need an operator: stuck, or past the deadline of their step. */
  readonly needsOperator?: boolean;
  /** Only those whose stored state has these values. */
  readonly stateHas?: Readonly<Record<string, unknown>>;
  /** Default 100. */
  readonly limit?: number;
}

export class SagaNotFound extends DomainError {
  constructor(id: string) {
    super('SAGA_NOT_FOUND', 'not-found', `saga ${id} not found`);
  }
}

/** The operators' view of sagas. */
export class SagaReader {
  constructor(private readonly transactions: Transactions) {}

  /** Newest first. */
  list({ status, saga, needsOperator = false, stateHas = {}, limit = 100 }: SagaFilter = {}): Promise<SagaSummary[]> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<SummaryRow>({
        text: `SELECT ${summary} FROM saga_instance i WHERE ($1::text IS NULL OR status = $1) AND ($2::text IS NULL OR saga = $2)
          AND (NOT $3::boolean OR (ended_at IS NULL AND (status = 'STUCK' OR alarmed))) AND state @> $4::jsonb
          ORDER BY started_at DESC, id DESC LIMIT $5`,
        values: [status ?? null, saga ?? null, needsOperator, JSON.stringify(stateHas), limit],
      });
      return rows.map(summaryOf);
    });
  }

  /** Throws SagaNotFound. */
  show(id: string): Promise<SagaDetails> {
    return this.transactions.run(async (transaction) => {
      const details = await show(transaction, id);
      return { ...details, awaits: await awaited(details, new OutboxReader(this.transactions)) };
    });
  }
}

const summary =
  'i.id, i.saga, i.version, i.status, i.step, i.problem, i.refusal, i.alarmed, i.started_at, i.step_since, i.ended_at, i.state';

async function show(transaction: Transaction, id: string): Promise<SagaDetails> {
  const { rows } = await transaction.query<DetailsRow>({
    text: `SELECT ${summary}, i.correlation_id, i.traceparent, i.started_by, i.done,
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
    traceparent: row.traceparent ?? undefined,
    startedBy: row.started_by ?? undefined,
    done: row.done,
    dueAt: row.due_at ?? undefined,
    history: history.rows.map(historyOf),
  };
}

/** The last command of the current step. */
async function awaited({ endedAt, step, history }: SagaDetails, outbox: OutboxReader): Promise<AwaitedReply | undefined> {
  const sent = history.findLast((row) => row.step === step && (row.event === 'sent' || row.event === 'sent-again'));
  if (endedAt || !sent?.messageId) return undefined;
  const message = await outbox.find(sent.messageId, sent.at);
  return message && { messageId: sent.messageId, ...message };
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
  readonly state: unknown;
}

interface DetailsRow extends SummaryRow {
  readonly correlation_id: string;
  readonly traceparent: string | null;
  readonly started_by: string | null;
  readonly done: string[];
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
  state: row.state,
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
