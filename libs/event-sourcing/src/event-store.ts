import { ConcurrentUpdate, currentActor, messageContext, type Transaction, type Transactions } from '@ftgo/messaging';

/** Identifies the stream of one aggregate. */
export interface StreamId {
  /** Kind of aggregate, such as "account". */
  readonly stream: string;
  readonly id: number | string;
}

/** An event as stored in its stream. */
export interface StoredEvent {
  /** Position in the stream, from 1. */
  readonly version: number;
  readonly type: string;
  readonly typeVersion: number;
  readonly data: unknown;
  readonly occurredAt: Date;
  /** Who caused it; null if that is unknown. */
  readonly actor: string | null;
}

/** The state after the events up to a version. */
export interface Snapshot {
  readonly version: number;
  /** A snapshot of another format is ignored, and replaced in time. */
  readonly format: number;
  readonly state: unknown;
}

/** The newest snapshot and the later events. */
export interface LoadedStream {
  readonly snapshot: Snapshot | undefined;
  readonly events: readonly StoredEvent[];
}

type Row = { -readonly [Column in keyof StoredEvent]: StoredEvent[Column] | null } & { version: number; state: unknown };

const columns = 'version, type, type_version AS "typeVersion", data, occurred_at AS "occurredAt", actor';
const uniqueViolation = '23505';

/** Event streams in PostgreSQL: read at any time, appended to in the current transaction. */
export class EventStore {
  constructor(private readonly transactions: Transactions) {}

  /**
   * Appends events to a stream at `expectedVersion`. Throws ConcurrentUpdate if another writer was faster: the
   * transaction has then failed, and must be repeated from a fresh read.
   */
  async append(stream: StreamId, expectedVersion: number, events: ReadonlyArray<Pick<StoredEvent, 'type' | 'typeVersion' | 'data'>>) {
    const transaction = this.transactions.current(`appending to ${nameOf(stream)}`);
    if (events.length === 0) return;
    const { correlationId, causationId } = messageContext.current();
    const values = [
      ...keyOf(stream),
      expectedVersion,
      events.map(({ type }) => type),
      events.map(({ typeVersion }) => typeVersion),
      events.map(({ data }) => JSON.stringify(data)),
      correlationId,
      causationId,
      currentActor() ?? null,
    ];
    const { rowCount } = await transaction.query({ ...insert, values }).catch((error: unknown) => {
      throw isConflict(error) ? conflict(stream, expectedVersion, error) : error;
    });
    // Not a conflict: no reader can have seen a version that never existed.
    if (rowCount === 0) throw new Error(`cannot append to ${nameOf(stream)}: it has no version ${expectedVersion}`);
  }

  /** The newest snapshot of a format and the later events, in one round trip. */
  load(stream: StreamId, format: number): Promise<LoadedStream> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<Row>({ ...loadStream, values: [...keyOf(stream), format] });
      const [first] = rows;
      if (!first || first.type !== null) return { snapshot: undefined, events: rows as StoredEvent[] };
      return { snapshot: { version: first.version, format, state: first.state }, events: rows.slice(1) as StoredEvent[] };
    });
  }

  /** The events of a stream after a version, oldest first. */
  read(stream: StreamId, { after = 0, limit = 1_000 } = {}): Promise<StoredEvent[]> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<StoredEvent>({ ...readStream, values: [...keyOf(stream), after, limit] });
      return rows;
    });
  }

  /** All events of all aggregates of a kind, in order per aggregate, for rebuilding views. */
  async *replay(stream: string, pageSize = 500): AsyncGenerator<StoredEvent & { readonly streamId: string }> {
    let last = { streamId: '', version: 0 };
    for (;;) {
      const page = await this.transactions.run((transaction) => this.page(transaction, stream, last, pageSize));
      yield* page;
      const end = page.at(-1);
      if (!end || page.length < pageSize) return;
      last = end;
    }
  }

  /** Stores a snapshot unless a newer one of its format exists. */
  async keep(stream: StreamId, { version, format, state }: Snapshot): Promise<void> {
    const transaction = this.transactions.current(`storing a snapshot of ${nameOf(stream)}`);
    await transaction.query({ ...keepSnapshot, values: [...keyOf(stream), version, format, JSON.stringify(state)] });
  }

  private async page(transaction: Transaction, stream: string, after: { streamId: string; version: number }, limit: number) {
    const values = [stream, after.streamId, after.version, limit];
    return (await transaction.query<StoredEvent & { streamId: string }>({ ...replayPage, values })).rows;
  }
}

const keyOf = ({ stream, id }: StreamId) => [stream, String(id)];
const nameOf = ({ stream, id }: StreamId) => `${stream} ${id}`;

const isConflict = (error: unknown): boolean => {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  return code === uniqueViolation && constraint === 'stored_event_pkey';
};

function conflict(stream: StreamId, expectedVersion: number, cause: unknown): ConcurrentUpdate {
  const error = new ConcurrentUpdate(`${nameOf(stream)} is no longer at version ${expectedVersion}`);
  error.cause = cause;
  return error;
}

const insert = {
  name: 'event-sourcing-append',
  text: `INSERT INTO stored_event (stream, stream_id, version, type, type_version, data, correlation_id, causation_id, actor)
    SELECT $1, $2, $3::int + n, type, type_version, data::jsonb, $7, $8, $9
    FROM unnest($4::text[], $5::int[], $6::text[]) WITH ORDINALITY AS added (type, type_version, data, n)
    WHERE $3::int = 0 OR EXISTS (SELECT FROM stored_event WHERE stream = $1 AND stream_id = $2 AND version = $3::int)`,
};

const loadStream = {
  name: 'event-sourcing-load',
  text: `WITH snapshot AS (SELECT version, state FROM stream_snapshot WHERE stream = $1 AND stream_id = $2 AND format = $3)
    SELECT version, NULL AS type, NULL AS "typeVersion", NULL AS data, NULL AS "occurredAt", NULL AS actor, state FROM snapshot
    UNION ALL
    SELECT ${columns}, NULL FROM stored_event
    WHERE stream = $1 AND stream_id = $2 AND version > coalesce((SELECT version FROM snapshot), 0)
    ORDER BY version`,
};

const readStream = {
  name: 'event-sourcing-read',
  text: `SELECT ${columns} FROM stored_event WHERE stream = $1 AND stream_id = $2 AND version > $3::bigint ORDER BY version LIMIT $4`,
};

const replayPage = {
  name: 'event-sourcing-replay',
  text: `SELECT stream_id AS "streamId", ${columns} FROM stored_event
    WHERE stream = $1 AND (stream_id, version) > ($2, $3::int) ORDER BY stream_id, version LIMIT $4`,
};

const keepSnapshot = {
  name: 'event-sourcing-snapshot',
  text: `INSERT INTO stream_snapshot (stream, stream_id, version, format, state) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (stream, stream_id) DO UPDATE SET version = excluded.version, format = excluded.format, state = excluded.state
    WHERE stream_snapshot.format <> excluded.format OR stream_snapshot.version < excluded.version`,
};
