import { type Extensions, header, typeOf } from '../message/envelope.js';
import { isExtension } from '../message/extensions.js';
import type { Transaction, Transactions } from '../transaction/transactions.js';

/** The state of a dead letter: deferred and parked ones wait, dead ones need an operator, the others are resolved. */
export type DeadLetterStatus = 'deferred' | 'dead' | 'parked' | 'redriven' | 'discarded';

/** A dead letter without its content. */
export interface DeadLetter {
  /** Unique in its database. */
  readonly id: string;
  readonly group: string;
  readonly messageId: string;
  readonly status: DeadLetterStatus;
  readonly topic: string;
  readonly partition: number;
  /** Its place in the partition, as written by the broker's adapter. */
  readonly position: string;
  readonly key?: string | undefined;
  /** Undefined if it is not one of our messages. */
  readonly type?: string | undefined;
  readonly extensions: Extensions;
  readonly correlationId?: string | undefined;
  readonly traceparent?: string | undefined;
  readonly handler?: string | undefined;
  readonly error?: string | undefined;
  readonly attempts: number;
  readonly storedAt: Date;
  /** When a deferred one is retried. */
  readonly dueAt?: Date | undefined;
  readonly payloadBytes: number;
}

/** A dead letter with its content, which may include personal data. */
export interface DeadLetterWithPayload extends DeadLetter {
  readonly payload: Buffer;
}

/** Which dead letters to list. */
export interface DeadLetterFilter {
  /** Default: all that are not resolved. */
  readonly statuses?: readonly DeadLetterStatus[];
  /** Those with one of these values in a header, or with this key on these topics. */
  readonly about?: {
    readonly headers: Readonly<Record<string, readonly string[]>>;
    readonly key: string;
    readonly topics: readonly string[];
  };
  /** Default 100. */
  readonly limit?: number;
}

const open: readonly DeadLetterStatus[] = ['deferred', 'dead', 'parked'];

/** The operators' view of the dead letters of a database, of all consumer groups. */
export class DeadLetterReader {
  constructor(private readonly transactions: Transactions) {}

  /** Oldest first. */
  list({ statuses = open, about, limit = 100 }: DeadLetterFilter = {}): Promise<DeadLetter[]> {
    const wanted = Object.entries(about?.headers ?? {}).flatMap(([name, values]) => values.map((value) => [name, value] as const));
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<DeadLetterRow>({
        text: `SELECT ${columns} FROM dead_letter WHERE status = ANY ($1::text[]) AND ($2::boolean
            OR EXISTS (SELECT FROM unnest($3::text[], $4::text[]) AS wanted(name, value) WHERE headers->>wanted.name = wanted.value)
            OR (key = $5 AND topic = ANY ($6::text[])))
          ORDER BY id LIMIT $7`,
        values: [
          statuses,
          about === undefined,
          wanted.map(([name]) => name),
          wanted.map(([, value]) => asStored(value)),
          about ? Buffer.from(about.key) : null,
          about?.topics ?? [],
          limit,
        ],
      });
      return rows.map(messageOf);
    });
  }

  /** One dead letter, in any state. */
  find(id: string): Promise<DeadLetterWithPayload | undefined> {
    return this.transactions.run((transaction) => find(transaction, id));
  }
}

/** Headers are stored in base64, since they may contain any bytes. */
const asStored = (value: string): string => Buffer.from(value).toString('base64');

const columns = `id, consumer_group, message_id, status, topic, partition, position, key, headers, handler, error, attempts, stored_at,
  due_at, coalesce(length(record), 0) AS payload_bytes`;

async function find(transaction: Transaction, id: string): Promise<DeadLetterWithPayload | undefined> {
  const { rows } = await transaction.query<DeadLetterRow & { record: Buffer | null }>({
    text: `SELECT ${columns}, record FROM dead_letter WHERE id::text = $1`,
    values: [id],
  });
  const [row] = rows;
  return row && { ...messageOf(row), payload: row.record ?? Buffer.alloc(0) };
}

interface DeadLetterRow {
  /** A number if a service reads it: its ids are. */
  readonly id: string | number;
  readonly consumer_group: string;
  readonly message_id: string;
  readonly status: DeadLetterStatus;
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
  readonly key: Buffer | null;
  readonly headers: Record<string, string>;
  readonly handler: string | null;
  readonly error: string | null;
  readonly attempts: number;
  readonly stored_at: Date;
  readonly due_at: Date | null;
  readonly payload_bytes: number;
}

function messageOf(row: DeadLetterRow): DeadLetter {
  const headers = new Map(Object.entries(row.headers).map(([name, value]) => [name, Buffer.from(value, 'base64')]));
  const { topic, partition } = row;
  return {
    id: String(row.id),
    group: row.consumer_group,
    messageId: row.message_id,
    status: row.status,
    topic,
    partition,
    position: row.position,
    key: row.key?.toString(),
    type: typeOf({ headers }),
    extensions: Object.fromEntries([...headers].filter(([name]) => isExtension(name)).map(([name, value]) => [name, value.toString()])),
    correlationId: headers.get(header.correlationId)?.toString(),
    traceparent: headers.get(header.traceparent)?.toString(),
    handler: row.handler ?? undefined,
    error: row.error ?? undefined,
    attempts: row.attempts,
    storedAt: row.stored_at,
    dueAt: row.due_at ?? undefined,
    payloadBytes: row.payload_bytes,
  };
}
