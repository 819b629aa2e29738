CREATE TABLE authorizations (
  order_id bigint NOT NULL,
  account_id bigint NOT NULL,
  authorization_id bigint NOT NULL,
  state text NOT NULL,
  amount bigint NOT NULL,
  currency text NOT NULL,
  CONSTRAINT authorizations_pkey PRIMARY KEY (order_id),
  CONSTRAINT authorizations_state_check CHECK ((state = ANY (ARRAY['AUTHORIZED'::text, 'REVISED'::text, 'REVERSED'::text, 'CAPTURED'::text])))
);

CREATE TABLE dead_letter (
  id bigint GENERATED ALWAYS AS IDENTITY,
  consumer_group text NOT NULL,
  message_id uuid NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "position" text NOT NULL,
  key bytea,
  record bytea,
  headers jsonb NOT NULL,
  status text NOT NULL,
  due_at timestamp with time zone,
  attempts integer DEFAULT 0 NOT NULL,
  waited_ms bigint DEFAULT 0 NOT NULL,
  error text,
  handler text,
  stored_at timestamp with time zone DEFAULT now() NOT NULL,
  changed_at timestamp with time zone DEFAULT now() NOT NULL,
  blocks_key boolean DEFAULT false NOT NULL,
  CONSTRAINT dead_letter_pkey PRIMARY KEY (id),
  CONSTRAINT dead_letter_consumer_group_message_id_key UNIQUE (consumer_group, message_id),
  CONSTRAINT dead_letter_status_check CHECK ((status = ANY (ARRAY['deferred'::text, 'dead'::text, 'parked'::text, 'redriven'::text, 'discarded'::text])))
);

CREATE INDEX dead_letter_due ON public.dead_letter USING btree (consumer_group, topic, partition, due_at) WHERE (due_at IS NOT NULL);
CREATE INDEX dead_letter_open ON public.dead_letter USING btree (consumer_group, topic, key, id) WHERE (status = ANY (ARRAY['dead'::text, 'parked'::text]));

CREATE TABLE inbox (
  consumer_group text NOT NULL,
  message_id uuid NOT NULL,
  handled_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT inbox_pkey PRIMARY KEY (consumer_group, message_id)
) PARTITION BY RANGE (message_id);

CREATE TABLE operator_action (
  id bigint GENERATED ALWAYS AS IDENTITY,
  at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  actor text NOT NULL,
  is_verified boolean NOT NULL,
  action text NOT NULL,
  subject text NOT NULL,
  reason text,
  CONSTRAINT operator_action_pkey PRIMARY KEY (id)
);

CREATE INDEX operator_action_subject ON public.operator_action USING btree (subject);

CREATE TABLE outbox (
  "position" bigint GENERATED ALWAYS AS IDENTITY,
  xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
  created_at timestamp with time zone DEFAULT now() NOT NULL,
  id uuid NOT NULL,
  topic text NOT NULL,
  partition_key text NOT NULL,
  type text NOT NULL,
  source text NOT NULL,
  subject text NOT NULL,
  sequence text,
  "time" timestamp with time zone NOT NULL,
  correlation_id text NOT NULL,
  causation_id text NOT NULL,
  extensions json,
  traceparent text,
  tracestate text,
  content_type text NOT NULL,
  data_schema text NOT NULL,
  payload bytea NOT NULL
) PARTITION BY RANGE (created_at);

GRANT SELECT ON outbox TO ftgo_relay;

CREATE TABLE ownership (
  kind text NOT NULL,
  id bigint NOT NULL,
  principal text NOT NULL,
  version integer NOT NULL,
  CONSTRAINT ownership_pkey PRIMARY KEY (kind, id)
);

CREATE INDEX ownership_by_principal ON public.ownership USING btree (principal);

CREATE TABLE relay_checkpoint (
  name text NOT NULL,
  acked_lsn pg_lsn NOT NULL,
  snapshot pg_snapshot NOT NULL,
  system_identifier text NOT NULL,
  backfill_pending boolean DEFAULT false NOT NULL,
  updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  proof text,
  restored_position bigint,
  restored_xid xid8,
  restored_created_at timestamp with time zone,
  published_at timestamp with time zone,
  CONSTRAINT relay_checkpoint_pkey PRIMARY KEY (name)
);

GRANT INSERT, SELECT, UPDATE ON relay_checkpoint TO ftgo_relay;

CREATE TABLE relay_skip (
  message_id uuid NOT NULL,
  topic text,
  reason text NOT NULL,
  skipped_by text NOT NULL,
  skipped_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT relay_skip_pkey PRIMARY KEY (message_id)
);

GRANT INSERT, SELECT, UPDATE ON relay_skip TO ftgo_relay;

CREATE TABLE saga_answer (
  saga_id text NOT NULL,
  saga_step text NOT NULL,
  outcome text NOT NULL,
  type_name text,
  data_schema text,
  content_type text,
  payload bytea,
  answered_at timestamp with time zone DEFAULT now() NOT NULL,
  CONSTRAINT saga_answer_pkey PRIMARY KEY (saga_id, saga_step),
  CONSTRAINT saga_answer_outcome_check CHECK ((outcome = ANY (ARRAY['unanswered'::text, 'success'::text, 'failure'::text, 'withdrawn'::text])))
);

CREATE INDEX saga_answer_age ON public.saga_answer USING btree (answered_at);

CREATE TABLE stored_event (
  stream text NOT NULL,
  stream_id text NOT NULL,
  version integer NOT NULL,
  type text NOT NULL,
  type_version integer NOT NULL,
  data jsonb NOT NULL,
  occurred_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  correlation_id text NOT NULL,
  causation_id text NOT NULL,
  actor text,
  CONSTRAINT stored_event_pkey PRIMARY KEY (stream, stream_id, version),
  CONSTRAINT stored_event_version_check CHECK ((version > 0))
);

CREATE TABLE stream_snapshot (
  stream text NOT NULL,
  stream_id text NOT NULL,
  version integer NOT NULL,
  format integer NOT NULL,
  state jsonb NOT NULL,
  CONSTRAINT stream_snapshot_pkey PRIMARY KEY (stream, stream_id)
);

CREATE TABLE struck_message (
  message_id uuid NOT NULL,
  digest bytea NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  "position" text NOT NULL,
  subject text NOT NULL,
  struck_by text NOT NULL,
  reason text NOT NULL,
  struck_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
  rebuilt_at timestamp with time zone,
  CONSTRAINT struck_message_pkey PRIMARY KEY (message_id, digest)
);

CREATE PUBLICATION messaging_outbox FOR TABLE outbox;
