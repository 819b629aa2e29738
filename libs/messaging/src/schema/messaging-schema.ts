/** The publication that the relay reads; one in each database. */
export const outboxPublication = 'messaging_outbox';

/**
 * The tables of messaging, for a service's first migration, run by the role that owns its database. `relayRole` may read the
 * outbox, maintain its checkpoint and record skipped messages, nothing else.
 */
export const messagingSchema = (relayRole: string): readonly string[] => [
  ...outboxTables,
  ...checkpoint(relayRole),
  ...inboxTables,
  ...messagingSchemaUpgrade(relayRole),
];

/**
 * The changes since the first version of these tables, for a later migration of a service whose first migration ran an older
 * `messagingSchema`. It can be run any number of times.
 */
export const messagingSchemaUpgrade = (relayRole: string): readonly string[] => [
  // proof: identity of the publication and of the outbox table for which the checkpoint was proved; NULL: unknown.
  // restored_position, restored_created_at, restored_xid: rows up to this position and time with this xid or a later one were
  // written by another cluster, from whose backup the database was restored. They are published; their xids have no meaning
  // here.
  `ALTER TABLE relay_checkpoint ADD COLUMN IF NOT EXISTS proof text,
    ADD COLUMN IF NOT EXISTS restored_position bigint, ADD COLUMN IF NOT EXISTS restored_xid xid8,
    ADD COLUMN IF NOT EXISTS restored_created_at timestamptz`,
  // published_at: no message was published later, as far as the database knows.
  'ALTER TABLE relay_checkpoint ADD COLUMN IF NOT EXISTS published_at timestamptz',
  // Messages that the relay skips: at the request of an operator, or because the service may not send them, or they are invalid.
  `CREATE TABLE IF NOT EXISTS relay_skip (
    message_id uuid PRIMARY KEY,
    topic text,
    reason text NOT NULL,
    skipped_by text NOT NULL,
    skipped_at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`,
  `GRANT SELECT, INSERT, UPDATE ON relay_skip TO ${relayRole}`,
  // The headers added by a library or an application are entries of one map.
  `DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'outbox'::regclass AND attname = 'extensions') THEN
      ALTER TABLE outbox ADD COLUMN extensions json;
      UPDATE outbox SET extensions = json_strip_nulls(json_build_object(
        'ce_sagaid', saga_id, 'ce_sagastep', saga_step, 'ce_replyto', reply_to, 'ce_outcome', outcome))
        WHERE coalesce(saga_id, saga_step, reply_to, outcome) IS NOT NULL;
      ALTER TABLE outbox DROP COLUMN saga_id, DROP COLUMN saga_step, DROP COLUMN reply_to, DROP COLUMN outcome;
    END IF;
  END $$`,
  // A message that could not be handled is a dead letter; the place of a record is text from the broker's adapter.
  `DO $$ BEGIN
    IF to_regclass('held_message') IS NOT NULL THEN
      ALTER TABLE held_message ALTER COLUMN kafka_offset TYPE text;
      ALTER TABLE held_message RENAME COLUMN kafka_offset TO position;
      ALTER TABLE held_message RENAME COLUMN held_at TO stored_at;
      ${renamed('held_message', 'dead_letter').join('; ')};
    END IF;
  END $$`,
  `DO $$ BEGIN
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'relay_checkpoint'::regclass AND attname = 'sweep_pending') THEN
      ALTER TABLE relay_checkpoint RENAME COLUMN sweep_pending TO backfill_pending;
    END IF;
  END $$`,
  // blocks_key: later events with the same key wait until this one is resolved. Those stored earlier were not waited for.
  'ALTER TABLE dead_letter ADD COLUMN IF NOT EXISTS blocks_key boolean NOT NULL DEFAULT false',
  'DROP INDEX IF EXISTS dead_letter_key',
  `CREATE INDEX IF NOT EXISTS dead_letter_open ON dead_letter (consumer_group, topic, key, id) WHERE status IN ('dead', 'parked')`,
  // What operators did, when and why.
  `CREATE TABLE IF NOT EXISTS operator_action (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL,
    is_verified boolean NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    reason text
  )`,
  'CREATE INDEX IF NOT EXISTS operator_action_subject ON operator_action (subject)',
  struckMessageTable,
  // The index that only a polling relay needs; the relay's role may not create it.
  `CREATE OR REPLACE FUNCTION relay_polling_index(needed boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT SET lock_timeout = '1s' AS $$ BEGIN
      IF needed THEN CREATE INDEX IF NOT EXISTS outbox_xid ON outbox (xid);
      ELSE DROP INDEX IF EXISTS outbox_xid;
      END IF;
    END $$`,
  'REVOKE EXECUTE ON FUNCTION relay_polling_index(boolean) FROM PUBLIC',
  `GRANT EXECUTE ON FUNCTION relay_polling_index(boolean) TO ${relayRole}`,
  ...partitionFunctions,
];

/**
 * The daily partitions of outbox and inbox are created and dropped by functions: the role of a running service needs no right to
 * change tables. A role that does not own the functions needs EXECUTE.
 */
const partitionFunctions: readonly string[] = [
  `CREATE OR REPLACE FUNCTION messaging_create_partition(parent text, name text, lower text, upper text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
      IF parent NOT IN ('outbox', 'inbox') OR name !~ ('^' || parent || '_[0-9]{8}$') THEN
        RAISE EXCEPTION 'invalid partition % of %', name, parent USING ERRCODE = 'insufficient_privilege';
      END IF;
      -- Attaching fails for a day for which the default partition has rows. A concurrent insert into the default partition would
      -- fail too, so inserts must wait before they have chosen their partition.
      EXECUTE format('LOCK TABLE %I IN SHARE ROW EXCLUSIVE MODE', parent);
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)', name, parent);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', parent, name, lower, upper);
    END $$`,
  `CREATE OR REPLACE FUNCTION messaging_drop_partition(name text) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$ BEGIN
      IF name !~ '^(outbox|inbox)_[0-9]{8}$' THEN
        RAISE EXCEPTION 'invalid partition %', name USING ERRCODE = 'insufficient_privilege';
      END IF;
      EXECUTE format('DROP TABLE %I', name);
    END $$`,
  'REVOKE EXECUTE ON FUNCTION messaging_create_partition(text, text, text, text), messaging_drop_partition(text) FROM PUBLIC',
];

/** Drops the functions, for the migration that added them. It can be run any number of times. */
export const partitionFunctionsDowngrade: readonly string[] = [
  'DROP FUNCTION IF EXISTS messaging_create_partition(text, text, text, text), messaging_drop_partition(text)',
];

/** Messages that operators have struck out. digest: of the record, since another one may have the same id. */
const struckMessageTable = `CREATE TABLE IF NOT EXISTS struck_message (
  message_id uuid NOT NULL,
  digest bytea NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL,
  position text NOT NULL,
  subject text NOT NULL,
  struck_by text NOT NULL,
  reason text NOT NULL,
  struck_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  rebuilt_at timestamptz,
  PRIMARY KEY (message_id, digest)
)`;

/** Reverts `blocks_key`, `operator_action` and what followed, for the migration that added them. It can be run any number of times. */
export const operatorActionsDowngrade: readonly string[] = [
  'DROP TABLE IF EXISTS struck_message',
  'DROP TABLE IF EXISTS operator_action',
  'DROP INDEX IF EXISTS dead_letter_open',
  `CREATE INDEX IF NOT EXISTS dead_letter_key ON dead_letter (consumer_group, topic, key) WHERE status IN ('dead', 'parked')`,
  'ALTER TABLE dead_letter DROP COLUMN IF EXISTS blocks_key',
];

/**
 * Reverts the changes of the last `messagingSchemaUpgrade` to existing tables, for the migration that ran it. Fails if a
 * position is not a Kafka offset.
 */
export const messagingSchemaDowngrade: readonly string[] = [
  ...partitionFunctionsDowngrade,
  ...operatorActionsDowngrade,
  'ALTER TABLE outbox ADD COLUMN saga_id text, ADD COLUMN saga_step text, ADD COLUMN reply_to text, ADD COLUMN outcome text',
  `UPDATE outbox SET saga_id = extensions->>'ce_sagaid', saga_step = extensions->>'ce_sagastep',
    reply_to = extensions->>'ce_replyto', outcome = extensions->>'ce_outcome' WHERE extensions IS NOT NULL`,
  'ALTER TABLE outbox DROP COLUMN extensions',
  ...renamed('dead_letter', 'held_message'),
  'ALTER TABLE held_message RENAME COLUMN stored_at TO held_at',
  'ALTER TABLE held_message RENAME COLUMN position TO kafka_offset',
  'ALTER TABLE held_message ALTER COLUMN kafka_offset TYPE bigint USING kafka_offset::bigint',
  'ALTER TABLE relay_checkpoint RENAME COLUMN backfill_pending TO sweep_pending',
  'DROP INDEX IF EXISTS outbox_xid',
  'DROP FUNCTION relay_polling_index(boolean)',
  'ALTER TABLE relay_checkpoint DROP COLUMN IF EXISTS published_at',
];

/** Renames the table of dead letters, and everything named after it. */
function renamed(from: string, to: string): string[] {
  const constraint = (name: string) => `ALTER TABLE ${to} RENAME CONSTRAINT ${from}_${name} TO ${to}_${name}`;
  const index = (name: string) => `ALTER INDEX ${from}_${name} RENAME TO ${to}_${name}`;
  return [
    `ALTER TABLE ${from} RENAME TO ${to}`,
    ...['pkey', 'consumer_group_message_id_key', 'status_check'].map(constraint),
    ...['due', 'key'].map(index),
    `ALTER SEQUENCE ${from}_id_seq RENAME TO ${to}_id_seq`,
  ];
}

const outboxTables = [
  `CREATE TABLE outbox (
    position bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    created_at timestamptz NOT NULL DEFAULT now(),
    id uuid NOT NULL,
    topic text NOT NULL,
    partition_key text NOT NULL,
    type text NOT NULL,
    source text NOT NULL,
    subject text NOT NULL,
    sequence text,
    time timestamptz NOT NULL,
    correlation_id text NOT NULL,
    causation_id text NOT NULL,
    extensions json,
    traceparent text,
    tracestate text,
    content_type text NOT NULL,
    data_schema text NOT NULL,
    payload bytea NOT NULL
  ) PARTITION BY RANGE (created_at)`,
  'CREATE TABLE outbox_default PARTITION OF outbox DEFAULT',
  `CREATE PUBLICATION ${outboxPublication} FOR TABLE outbox WITH (publish = 'insert', publish_via_partition_root = true)`,
];

const checkpoint = (relayRole: string) => [
  // The messages that the relay has proved to be published; see relay/ for the use of the columns.
  `CREATE TABLE relay_checkpoint (
    name text PRIMARY KEY,
    acked_lsn pg_lsn NOT NULL,
    snapshot pg_snapshot NOT NULL,
    system_identifier text NOT NULL,
    backfill_pending boolean NOT NULL DEFAULT false,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`,
  `GRANT USAGE ON SCHEMA public TO ${relayRole}`,
  `GRANT SELECT ON outbox TO ${relayRole}`,
  `GRANT SELECT, INSERT, UPDATE ON relay_checkpoint TO ${relayRole}`,
];

const inboxTables = [
  // Which messages a consumer group has handled. Ids are UUIDv7, so a range of ids is a range of time.
  `CREATE TABLE inbox (
    consumer_group text NOT NULL,
    message_id uuid NOT NULL,
    handled_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (consumer_group, message_id)
  ) PARTITION BY RANGE (message_id)`,
  'CREATE TABLE inbox_default PARTITION OF inbox DEFAULT',

  `CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer_group text NOT NULL,
    message_id uuid NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    position text NOT NULL,
    key bytea,
    record bytea,
    headers jsonb NOT NULL,
    status text NOT NULL CHECK (status IN ('deferred', 'dead', 'parked', 'redriven', 'discarded')),
    due_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    waited_ms bigint NOT NULL DEFAULT 0,
    error text,
    handler text,
    stored_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (consumer_group, message_id)
  )`,
  `CREATE INDEX dead_letter_due ON dead_letter (consumer_group, topic, partition, due_at) WHERE due_at IS NOT NULL`,
  `CREATE INDEX dead_letter_key ON dead_letter (consumer_group, topic, key) WHERE status IN ('dead', 'parked')`,
];
