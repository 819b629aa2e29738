import { type MessageContext, messageContext, type Refusal, type Transaction } from '@ftgo/messaging';
import type { HistoryEntry } from '../decide/decision.js';
import { hasEnded, type SagaInstance, type SagaStatus } from '../decide/instance.js';
import type { StateCodec } from '../definition/state-codec.js';

/** A stored instance: its state is still JSON, since only its definition can decode it. */
export interface StoredSaga {
  readonly instance: SagaInstance<unknown>;
  /** The request that started the saga. */
  readonly context: MessageContext;
  /** The actor of that request; undefined if it is unknown. */
  readonly startedBy: string | undefined;
}

/** The rows written by one move of a saga. */
export interface SagaMove<State> {
  readonly instance: SagaInstance<State>;
  readonly history: readonly HistoryEntry[];
  readonly timer: number | undefined | 'keep';
  readonly codec: StateCodec<State>;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const isSagaId = (text: string): boolean => uuid.test(text);

/** Reads and writes the rows of sagas; every call is made in the transaction that moves the saga. */
export const sagaStore = {
  /** Locks the instance; undefined if there is none. */
  async lock(transaction: Transaction, sagaId: string, wait: 'wait' | 'skip' = 'wait'): Promise<StoredSaga | undefined> {
    if (!uuid.test(sagaId)) return undefined;
    const { rows } = await transaction.query<InstanceRow>({ ...(wait === 'wait' ? lockText : lockOrSkipText), values: [sagaId] });
    return rows[0] && stored(rows[0]);
  },

  /** Locks several instances in the order of their ids, so that two transactions do not deadlock. */
  async lockAll(transaction: Transaction, sagaIds: readonly string[]): Promise<StoredSaga[]> {
    const ids = sagaIds.filter((id) => uuid.test(id));
    if (ids.length === 0) return [];
    const { rows } = await transaction.query<InstanceRow>({ ...lockAllText, values: [ids] });
    return rows.map(stored);
  },

  /**
   * Waits for the transaction that starts this saga, if it is still in progress: the log shows a commit before other sessions
   * see it, so the reply to the first command may arrive earlier. The key blocks a second start until the transaction ends.
   */
  async untilStartIsDecided(transaction: Transaction, sagaId: string): Promise<void> {
    if (!uuid.test(sagaId)) return;
    const nothingStarted = new Error('saga not found');
    const taking = transaction.savepoint(async () => {
      const { rowCount } = await transaction.query({ ...lockStartText, values: [sagaId] });
      if (rowCount > 0) throw nothingStarted; // roll back the placeholder row
    });
    await taking.catch((error: unknown) => {
      if (error !== nothingStarted) throw error;
    });
  },

  /** A new instance, with its first history and deadline. */
  async insert(transaction: Transaction, { values }: Start): Promise<void> {
    await transaction.postpone({ ...insertText, values });
  },

  /** Stores the moves of locked sagas, at most one row of each, and appends to their histories. */
  async write(transaction: Transaction, rows: readonly SagaRow[], history: readonly HistoryRow[]): Promise<void> {
    await transaction.postpone({ ...writeText, values: [JSON.stringify(rows), JSON.stringify(history)] });
  },

  /** The deadline of a locked saga if it has passed; otherwise undefined. */
  async dueDeadline(transaction: Transaction, sagaId: string): Promise<{ step: string; afterMs: number } | undefined> {
    const { rows } = await transaction.query<{ step: string; deadline_ms: string }>({
      name: 'sagas-due-deadline',
      text: `SELECT d.step, d.deadline_ms FROM saga_deadline d, saga_clock c WHERE d.saga_id = $1 AND ${isDue}`,
      values: [sagaId],
    });
    return rows[0] && { step: rows[0].step, afterMs: Number(rows[0].deadline_ms) };
  },

  async dropDeadline(transaction: Transaction, sagaId: string): Promise<void> {
    await transaction.query({ name: 'sagas-drop-deadline', text: 'DELETE FROM saga_deadline WHERE saga_id = $1', values: [sagaId] });
  },

  /** The sagas whose deadline has passed, longest overdue first; none during an outage. */
  async due(transaction: Transaction, limit: number): Promise<string[]> {
    const { rows } = await transaction.query<{ saga_id: string }>({
      name: 'sagas-due',
      text: `SELECT d.saga_id FROM saga_deadline d, saga_clock c WHERE ${isDue} ORDER BY d.due_at LIMIT $1`,
      values: [limit],
    });
    return rows.map(({ saga_id }) => saga_id);
  },

  async postpone(transaction: Transaction, sagaId: string, ms: number): Promise<void> {
    await transaction.query({
      name: 'sagas-postpone',
      text: `UPDATE saga_deadline SET due_at = clock_timestamp() + $2 * interval '1 ms' WHERE saga_id = $1`,
      values: [sagaId, ms],
    });
  },
};

/** The deadline has passed, no outage has postponed it, and there is no outage now. */
const isDue = `d.due_at <= statement_timestamp() AND c.resumed_at + d.deadline_ms * interval '1 ms' <= statement_timestamp()
  AND c.ticked_at > statement_timestamp() - interval '5 s'`;

const columns = 'id, saga, version, status, step, done, state, refusal, problem, resent, failures, waited_ms, alarmed';
const storedColumns = `${columns}, correlation_id, traceparent, tracestate, started_by`;
const select = `SELECT ${storedColumns} FROM saga_instance WHERE id = $1 FOR UPDATE`;
const lockAllText = {
  name: 'sagas-lock-all',
  text: `SELECT ${storedColumns} FROM saga_instance WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`,
};
const lockText = { name: 'sagas-lock', text: select };
const lockOrSkipText = { name: 'sagas-lock-or-skip', text: `${select} SKIP LOCKED` };

/** $14–$19 are the history, $20 the deadline, $22 whether it has ended. */
const insertText = {
  name: 'sagas-insert',
  text: `WITH made AS (
    INSERT INTO saga_instance (${columns}, ended_at, correlation_id, traceparent, tracestate, started_by)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, CASE WHEN $21::boolean THEN clock_timestamp() END, $22, $23, $24, $25)
  ), history AS (
    INSERT INTO saga_history (saga_id, event, step, message_id, detail, operator)
    SELECT $1, h.event, h.step, h.message_id, h.detail, h.operator
    FROM unnest($14::text[], $15::text[], $16::text[], $17::text[], $18::text[], $19::boolean[])
      WITH ORDINALITY AS h (event, step, message_id, detail, operator, answers, n) ORDER BY h.n
  )
  INSERT INTO saga_deadline (saga_id, step, due_at, deadline_ms)
  SELECT $1, $5, clock_timestamp() + $20::bigint * interval '1 ms', $20::bigint WHERE $20::bigint IS NOT NULL`,
};

/** $1 are the rows of the instances, $2 those of histories, of one saga or of a whole batch. */
const writeText = {
  name: 'sagas-write',
  text: `WITH move AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS move (id uuid, saga text, version integer, status text, step text, done text[],
      state jsonb, refusal jsonb, problem text, resent integer, failures integer, waited_ms bigint, alarmed boolean,
      deadline_ms bigint, keeps_deadline boolean, has_ended boolean)
  ), history AS (
    INSERT INTO saga_history (saga_id, event, step, message_id, detail, operator, duration_ms)
    SELECT h.saga_id, h.event, h.step, h.message_id, h.detail, h.operator,
      CASE WHEN h.answers THEN extract(epoch FROM clock_timestamp() - instance.step_since) * 1000 END::bigint
    FROM ROWS FROM (jsonb_to_recordset($2::jsonb) AS (saga_id uuid, event text, step text, message_id text, detail text, operator text,
      answers boolean)) WITH ORDINALITY AS h (saga_id, event, step, message_id, detail, operator, answers, n)
      LEFT JOIN saga_instance instance ON instance.id = h.saga_id AND instance.step = h.step
    ORDER BY h.n
  ), stopped AS (
    DELETE FROM saga_deadline USING move WHERE saga_id = move.id AND move.deadline_ms IS NULL AND NOT move.keeps_deadline
  ), timed AS (
    INSERT INTO saga_deadline (saga_id, step, due_at, deadline_ms)
    SELECT id, step, clock_timestamp() + deadline_ms * interval '1 ms', deadline_ms FROM move WHERE deadline_ms IS NOT NULL
    ON CONFLICT (saga_id) DO UPDATE SET step = excluded.step, due_at = excluded.due_at, deadline_ms = excluded.deadline_ms
  )
  UPDATE saga_instance SET saga = move.saga, version = move.version, status = move.status, step = move.step, done = move.done,
    state = move.state, refusal = move.refusal, problem = move.problem, resent = move.resent, failures = move.failures,
    waited_ms = move.waited_ms, alarmed = move.alarmed,
    step_since = CASE WHEN saga_instance.step = move.step THEN step_since ELSE clock_timestamp() END,
    ended_at = CASE WHEN move.has_ended THEN clock_timestamp() END
  FROM move WHERE saga_instance.id = move.id`,
};

const lockStartText = {
  name: 'sagas-take',
  text: `INSERT INTO saga_instance (${columns}, correlation_id)
    VALUES ($1, '', 0, 'RUNNING', '', '{}', '{}', NULL, NULL, 0, 0, 0, false, '') ON CONFLICT (id) DO NOTHING`,
};

/** The row of a new instance. */
export interface Start {
  readonly values: readonly unknown[];
}

/** Throws if the codec cannot store the state. */
export function startOf(move: SagaMove<unknown>, startedBy: string | undefined): Start {
  const { correlationId, traceparent, tracestate } = messageContext.current();
  return { values: [...valuesOf(move), correlationId, traceparent ?? null, tracestate ?? null, startedBy ?? null] };
}

function valuesOf<State>(move: SagaMove<State>): unknown[] {
  const { id, saga, version, status, step, done, state, refusal, problem, resent, failures, waited_ms, alarmed, ...rest } = rowOf(move);
  const columns = [id, saga, version, status, step, done, JSON.stringify(state), refusal && JSON.stringify(refusal), problem];
  return [...columns, resent, failures, waited_ms, alarmed, ...historyValues(move.history), rest.deadline_ms, rest.has_ended];
}

/** Throws if the codec cannot store the state. */
export function rowOf<State>({ instance, timer, codec }: SagaMove<State>) {
  const { id, saga, version, status, step, done, state, refusal, problem, resent, failures, waitedMs, alarmed } = instance;
  return {
    id,
    saga,
    version,
    status,
    step,
    done,
    resent,
    failures,
    alarmed,
    state: codec.toJson(state),
    refusal: refusal ? { code: storable(refusal.code), detail: storable(refusal.detail) } : null,
    problem: storable(problem),
    waited_ms: Math.round(waitedMs),
    deadline_ms: typeof timer === 'number' ? Math.ceil(timer) : null,
    keeps_deadline: timer === 'keep',
    has_ended: hasEnded(instance),
  };
}

export type SagaRow = ReturnType<typeof rowOf>;
export type HistoryRow = ReturnType<typeof historyRowsOf>[number];

export const historyRowsOf = (sagaId: string, history: readonly HistoryEntry[]) =>
  history.map(({ event, step, messageId, detail, operator }) => ({
    saga_id: sagaId,
    event,
    step: storable(step),
    operator,
    message_id: messageId,
    detail: storable(detail),
    answers: answers.has(event),
  }));

const answers = new Set<HistoryEntry['event']>(['succeeded', 'refused', 'no-answer']);

const historyValues = (history: readonly HistoryEntry[]): unknown[] => [
  history.map(({ event }) => event),
  history.map(({ step }) => storable(step)),
  history.map(({ messageId }) => messageId ?? null),
  history.map(({ detail }) => storable(detail)),
  history.map(({ operator }) => operator ?? null),
  history.map(({ event }) => answers.has(event)),
];

const longestText = 4_000;
/** Removes NUL and lone surrogates, including one left by truncation, which Postgres rejects; a detail is for people. */
const storable = (text: string | undefined): string | null => text?.replaceAll('\0', '').slice(0, longestText).toWellFormed() ?? null;

interface InstanceRow {
  readonly id: string;
  readonly saga: string;
  readonly version: number;
  readonly status: SagaStatus;
  readonly step: string;
  readonly done: string[];
  readonly state: unknown;
  readonly refusal: Refusal | null;
  readonly problem: string | null;
  readonly resent: number;
  readonly failures: number;
  readonly waited_ms: string;
  readonly alarmed: boolean;
  readonly correlation_id: string;
  readonly traceparent: string | null;
  readonly tracestate: string | null;
  readonly started_by: string | null;
}

const stored = (row: InstanceRow): StoredSaga => ({
  instance: {
    id: row.id,
    saga: row.saga,
    version: row.version,
    status: row.status,
    step: row.step,
    done: row.done,
    state: row.state,
    refusal: row.refusal ?? undefined,
    problem: row.problem ?? undefined,
    resent: row.resent,
    failures: row.failures,
    waitedMs: Number(row.waited_ms),
    alarmed: row.alarmed,
  },
  context: {
    correlationId: row.correlation_id,
    causationId: row.correlation_id,
    traceparent: row.traceparent ?? undefined,
    tracestate: row.tracestate ?? undefined,
  },
  startedBy: row.started_by ?? undefined,
});
