/** The tables of the saga engine, version 1, for the service's first migration, after those of messaging. */
export const sagaSchema = (): readonly string[] => [
  `CREATE TABLE saga_instance (
    id uuid PRIMARY KEY,
    saga text NOT NULL,
    version integer NOT NULL,
    status text NOT NULL CHECK (status IN ('RUNNING', 'COMPENSATING', 'STUCK', 'COMPLETED', 'ROLLED_BACK')),
    step text NOT NULL,
    done text[] NOT NULL,
    state jsonb NOT NULL,
    refusal jsonb,
    problem text,
    resent integer NOT NULL,
    failures integer NOT NULL,
    waited_ms bigint NOT NULL,
    alarmed boolean NOT NULL,
    correlation_id text NOT NULL,
    traceparent text,
    tracestate text,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    step_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz
  )`,
  'CREATE INDEX saga_instance_open ON saga_instance (started_at) WHERE ended_at IS NULL',

  // One row per event of a saga; saga_id is not a foreign key, since late replies are recorded too.
  `CREATE TABLE saga_history (
    saga_id uuid NOT NULL,
    position bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    event text NOT NULL,
    step text NOT NULL,
    message_id text,
    duration_ms bigint,
    detail text,
    operator text,
    PRIMARY KEY (saga_id, position)
  )`,

  // At most one per saga: the deadline of its current step, and its length.
  `CREATE TABLE saga_deadline (
    saga_id uuid PRIMARY KEY REFERENCES saga_instance (id) ON DELETE CASCADE,
    step text NOT NULL,
    due_at timestamptz NOT NULL,
    deadline_ms bigint NOT NULL
  )`,
  'CREATE INDEX saga_deadline_due ON saga_deadline (due_at)',

  // Ticks except during an outage; no deadline is due before resumed_at plus its length.
  `CREATE TABLE saga_clock (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    ticked_at timestamptz NOT NULL,
    resumed_at timestamptz NOT NULL
  )`,
  `INSERT INTO saga_clock (ticked_at, resumed_at) VALUES ('-infinity', '-infinity')`,
  // The processes that consume replies: the clock ticks while all of them are caught up.
  `CREATE TABLE saga_runner (
    id uuid PRIMARY KEY,
    caught_up boolean NOT NULL,
    seen_at timestamptz NOT NULL
  )`,
];

/** Version 2 of the saga engine's tables: an index to find ended sagas for deletion. */
export const sagaRetentionSchema = (): readonly string[] => [
  'CREATE INDEX saga_instance_ended ON saga_instance (ended_at) WHERE ended_at IS NOT NULL',
  // BRIN, since rows are inserted in the order of their time: moves of sagas pay nothing for it.
  'CREATE INDEX saga_history_at ON saga_history USING brin (at)',
];

/** Version 3 of the saga engine's tables: who started a saga. */
export const sagaStarterSchema = (): readonly string[] => ['ALTER TABLE saga_instance ADD COLUMN started_by text'];

/** The table of a service that participates in sagas, version 1. */
export const participantSchema = (): readonly string[] => [
  `CREATE TABLE saga_answer (
    saga_id text NOT NULL,
    saga_step text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('unanswered', 'success', 'failure', 'withdrawn')),
    type_name text,
    data_schema text,
    content_type text,
    payload bytea,
    answered_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (saga_id, saga_step)
  )`,
  'CREATE INDEX saga_answer_age ON saga_answer (answered_at)',
];
