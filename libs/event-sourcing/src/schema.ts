/** The tables of event sourcing, version 1, to run in the service's first migration. */
export const eventSourcingSchema = (): readonly string[] => [
  // The truth: rows are added and never changed. The primary key is what makes two writers of one stream exclude each other.
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

  // What the events up to a version come to; may be deleted at any time.
  `CREATE TABLE stream_snapshot (
    stream text NOT NULL,
    stream_id text NOT NULL,
    version integer NOT NULL,
    format integer NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (stream, stream_id)
  )`,
];
