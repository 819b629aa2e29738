import { header } from '../message/envelope.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';
import { type OutboxProgress, type PublishingState, relayProgress } from './outbox-progress.js';
import { isPublished } from './proved.js';

/** A message in the outbox, without its content. */
export interface WrittenMessage {
  readonly topic: string;
  readonly type: string;
  /** Whether it is known to be published; a message of the last seconds may be published without being known to be. */
  readonly isPublished: boolean;
}

/** A message in the outbox as it must be published; its payload as a digest. */
export interface RetainedMessage {
  readonly position: number;
  readonly id: string;
  readonly topic: string;
  readonly partitionKey: string;
  readonly source: string;
  readonly createdAt: Date;
  /** By the name of the header; an absent one is null. */
  readonly headers: Readonly<Record<string, string | null>>;
  readonly time: Date;
  readonly extensions: Readonly<Record<string, string>> | null;
  /** SHA-256, base64. */
  readonly payloadDigest: string;
  readonly isPublished: boolean;
  /** The relay omits it, at the request of an operator or because it is invalid. */
  readonly isSkipped: boolean;
}

/** Maximum number of counted messages: beyond it, the exact number does not matter. */
export const mostCounted = 10_000;

/** A message that is not known to be published. */
export interface WaitingMessage {
  readonly id: string;
  readonly topic: string;
  readonly key: string;
  readonly type: string;
  readonly source: string;
  readonly writtenAt: Date;
  readonly payloadBytes: number;
}

/** A message that is not published: skipped by an operator, or rejected by the relay. */
export interface SkippedMessage {
  readonly id: string;
  /** Undefined if an operator skipped it. */
  readonly topic?: string | undefined;
  readonly reason: string;
  /** An operator and an address; `relay` for a message that it rejected itself. */
  readonly by: string;
  readonly at: Date;
}

/** How far an outbox is published. */
export interface OutboxState extends Partial<PublishingState> {
  /** `publishing` also while there is nothing to publish. */
  readonly state: 'publishing' | 'lagging' | 'no relay' | 'never read';
  /** Messages not known to be published, at most `mostCounted`; undefined while publishing: then only those of the last seconds. */
  readonly unpublished?: number | undefined;
  /** The age of the oldest of them. */
  readonly oldestAgeSeconds?: number | undefined;
  /** The first of them in the order in which they are published. */
  readonly waiting: readonly WaitingMessage[];
  /** The newest ones first. */
  readonly skipped: readonly SkippedMessage[];
}

/** A working relay stores a checkpoint about every second. */
const laggingAfterSeconds = 5;
const waitingShown = 10;
const skippedShown = 100;

/** The operators' view of an outbox. */
export class OutboxReader {
  constructor(
    private readonly transactions: Transactions,
    private readonly publisher: OutboxProgress = relayProgress,
  ) {}

  /** How far the outbox is published, and what waits or is skipped. */
  state(): Promise<OutboxState> {
    return this.transactions.run(async (transaction) => {
      const progress = await this.publisher.read(transaction);
      const state = stateOf(progress);
      const skipped = await readSkipped(transaction);
      if (state === 'publishing') return { ...progress, state, waiting: [], skipped };
      return { ...progress, state, ...(await readWaiting(transaction)), skipped };
    });
  }

  /** A message written at about that time; undefined if there is none, or if it was removed (after a day). */
  find(id: string, writtenAt: Date): Promise<WrittenMessage | undefined> {
    return this.transactions.run(async (transaction) => {
      // created_at is the partition key and the start of the transaction, which may be earlier than the message.
      const { rows } = await transaction.query<{ topic: string; type: string; is_published: boolean }>({
        text: `SELECT o.topic, o.type, ${isPublished('o')} AS is_published FROM outbox o WHERE o.id::text = $1
          AND o.created_at BETWEEN $2::timestamptz - interval '10 min' AND $2::timestamptz + interval '10 min' LIMIT 1`,
        values: [id, writtenAt],
      });
      const [row] = rows;
      return row && { topic: row.topic, type: row.type, isPublished: row.is_published };
    });
  }

  /** The newest messages, oldest first, each with whether it was known to be published at this moment. */
  retained(limit: number): Promise<RetainedMessage[]> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<RetainedMessage>({
        text: `SELECT o.position::float8 AS position, o.id::text AS id, o.topic, o.partition_key AS "partitionKey", o.source, o.created_at AS "createdAt",
            ${headersOf('o')} AS headers, o.time, o.extensions, encode(sha256(o.payload), 'base64') AS "payloadDigest",
            ${isPublished('o')} AS "isPublished", EXISTS (SELECT FROM relay_skip s WHERE s.message_id = o.id) AS "isSkipped"
          FROM (SELECT * FROM outbox ORDER BY position DESC LIMIT $1) AS o ORDER BY o.position`,
        values: [limit],
      });
      return rows;
    });
  }

  count(): Promise<number> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ count: number }>({ text: 'SELECT count(*)::int AS count FROM outbox' });
      return rows[0]?.count ?? 0;
    });
  }

  /** Those of these messages that are in the outbox. */
  having(ids: readonly string[]): Promise<Set<string>> {
    return this.transactions.run(async (transaction) => {
      const text = 'SELECT id::text AS id FROM outbox WHERE id = ANY ($1::uuid[])';
      const { rows } = await transaction.query<{ id: string }>({ text, values: [ids] });
      return new Set(rows.map(({ id }) => id));
    });
  }

  /** The progress of the relay; undefined if none has ever led. */
  progress(): Promise<PublishingState | undefined> {
    return this.transactions.run((transaction) => this.publisher.read(transaction));
  }

  /**
   * The number of messages that are not known to be published, at most `mostCounted`. It reads the outbox row by row; call it
   * when the relay lags, since otherwise it only counts messages of the last seconds.
   */
  unpublished(): Promise<number> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ count: number }>({
        text: `SELECT count(*)::int AS count FROM (SELECT FROM outbox o WHERE NOT ${isPublished('o')} LIMIT ${mostCounted}) AS waiting`,
      });
      return rows[0]?.count ?? 0;
    });
  }
}

/** The columns that are headers, except the time, whose text has several forms. */
const headersOf = (row: string): string => {
  const columns: Readonly<Record<string, string>> = {
    [header.id]: 'id',
    [header.source]: 'source',
    [header.type]: 'type',
    [header.subject]: 'subject',
    [header.dataSchema]: 'data_schema',
    [header.partitionKey]: 'partition_key',
    [header.sequence]: 'sequence',
    [header.correlationId]: 'correlation_id',
    [header.causationId]: 'causation_id',
    [header.traceparent]: 'traceparent',
    [header.tracestate]: 'tracestate',
    [header.contentType]: 'content_type',
  };
  return `jsonb_build_object(${Object.entries(columns)
    .map(([name, column]) => `'${name}', ${row}.${column}`)
    .join(', ')})`;
};

function stateOf(progress: PublishingState | undefined): OutboxState['state'] {
  if (!progress) return 'never read';
  if (!progress.isRead) return 'no relay';
  return progress.checkpointAgeSeconds <= laggingAfterSeconds ? 'publishing' : 'lagging';
}

/** Reads the outbox row by row, which is why it stops at `mostCounted` messages: they are stored roughly in order. */
async function readWaiting(transaction: Transaction): Promise<Pick<OutboxState, 'unpublished' | 'oldestAgeSeconds' | 'waiting'>> {
  const { rows } = await transaction.query<WaitingMessage & { readonly count: number; readonly age: number }>({
    text: `WITH waiting AS MATERIALIZED (SELECT o.position, o.id, o.topic, o.partition_key AS key, o.type, o.source,
        o.created_at AS "writtenAt", length(o.payload) AS "payloadBytes" FROM outbox o WHERE NOT ${isPublished('o')} LIMIT ${mostCounted})
      SELECT id, topic, key, type, source, "writtenAt", "payloadBytes", count(*) OVER ()::int AS count,
        greatest(0, extract(epoch FROM clock_timestamp() - min("writtenAt") OVER ()))::float8 AS age
      FROM waiting ORDER BY position LIMIT ${waitingShown}`,
  });
  const waiting = rows.map(({ count: _count, age: _age, ...message }) => message);
  return { unpublished: rows[0]?.count ?? 0, oldestAgeSeconds: rows[0]?.age, waiting };
}

async function readSkipped(transaction: Transaction): Promise<SkippedMessage[]> {
  const { rows } = await transaction.query<SkippedMessage & { readonly topic: string | null }>({
    text: `SELECT message_id AS id, topic, reason, skipped_by AS by, skipped_at AS at FROM relay_skip
      ORDER BY skipped_at DESC, message_id LIMIT ${skippedShown}`,
  });
  return rows.map(({ topic, ...skip }) => ({ ...skip, topic: topic ?? undefined }));
}
