/** The tables of event sourcing, version 1; run it in the service's first migration. */
export const eventSourcingSchema = (): readonly string[] => [
  // The source of truth: rows are added and never changed. The primary key makes concurrent writers of a stream conflict.
  `CREATE TABLE stored_event (
    stream text NOT NULL,
    stream_id text NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    type text NOT NULL,
    type_version integer NOT NULL,
    data jsonb NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    correlation_id text NOT NULL,
    causation_id text NOT NULL,
    PRIMARY KEY (stream, stream_id, version)
  )`,

  // The state after the events up to a version; can be deleted at any time.
  `CREATE TABLE stream_snapshot (
    stream text NOT NULL,
    stream_id text NOT NULL,
    version integer NOT NULL,
    format integer NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (stream, stream_id)
  )`,
];

/** Version 2: who caused an event. */
export const eventActorSchema = (): readonly string[] => ['ALTER TABLE stored_event ADD COLUMN actor text'];
