import type { AssignedPartition, ReceivedRecord } from '../broker/broker.js';
import { inboxId } from '../inbox/inbox.js';
import type { Transaction } from '../transaction/transactions.js';

/** Why a message is stored, and its new state. */
export interface NotHandled {
  readonly status: 'deferred' | 'dead';
  /** `Class.method`, or undefined if no handler was reached. */
  readonly handler?: string | undefined;
  readonly error: string;
  readonly attempts: number;
}

/** A deferred command that is due, locked by the transaction that took it. */
export interface DueMessage {
  readonly id: string;
  readonly record: ReceivedRecord;
  readonly attempts: number;
  /** How long it has waited, in ms, excluding time in which the service's event consumers lagged. */
  readonly waitedMs: number;
}

/** The number of dead letters of a topic in one state. */
export interface DeadLetterCount {
  readonly topic: string;
  readonly status: 'deferred' | 'dead' | 'parked';
  readonly count: number;
}

/** Deferred commands are retried after this time, in ms. */
export const deferralStepMs = 200;

const maxErrorLength = 4_000;
/** Maximum length of a key: it is indexed, and an index entry is limited to 2.7 kB. Our own keys are shorter. */
const maxKeyBytes = 2_000;

/** Messages that this consumer group could not handle, stored in its own database in the transaction of the inbox. */
export class DeadLetters {
  constructor(private readonly group: string) {}

  async add(transaction: Transaction, record: ReceivedRecord, notHandled: NotHandled): Promise<void> {
    await transaction.query({
      name: 'messaging-dead-letter-add',
      text: `INSERT INTO dead_letter
        (consumer_group, message_id, topic, partition, position, key, record, headers, status, due_at, attempts, error, handler)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $9 = 'deferred' THEN clock_timestamp() + $10 * interval '1 ms' END, $11, $12, $13)
        ON CONFLICT (consumer_group, message_id) DO NOTHING`,
      values: [
        this.group,
        inboxId(record),
        record.topic,
        record.partition,
        record.position,
        record.key?.subarray(0, maxKeyBytes) ?? null,
        record.value ?? null,
        JSON.stringify(Object.fromEntries([...record.headers].map(([name, value]) => [withoutNul(name), value.toString('base64')]))),
        notHandled.status,
        deferralStepMs,
        notHandled.attempts,
        storable(notHandled.error),
        notHandled.handler ?? null,
      ],
    });
  }

  /** The partitions with deferred messages, and when the first is due (ms from now, 0 if it is due). */
  async pending(transaction: Transaction): Promise<Array<AssignedPartition & { readonly dueInMs: number }>> {
    const { rows } = await transaction.query<{ topic: string; partition: number; due_in_ms: number }>({
      name: 'messaging-dead-letter-pending',
      text: `SELECT topic, partition, greatest(0, extract(epoch FROM min(due_at) - clock_timestamp()) * 1000)::float8 AS due_in_ms
        FROM dead_letter WHERE consumer_group = $1 AND status = 'deferred' AND due_at IS NOT NULL GROUP BY topic, partition`,
      values: [this.group],
    });
    return rows.map(({ topic, partition, due_in_ms }) => ({ topic, partition, dueInMs: due_in_ms }));
  }

  /** Takes the next due message of a partition, in the order of arrival. */
  async takeDue(transaction: Transaction, { topic, partition }: AssignedPartition): Promise<DueMessage | undefined> {
    const { rows } = await transaction.query<DeadLetterRow>({
      name: 'messaging-dead-letter-take',
      text: `SELECT id, position, key, record, headers, attempts, waited_ms FROM dead_letter
        WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND status = 'deferred' AND due_at <= clock_timestamp()
        ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      values: [this.group, topic, partition],
    });
    const row = rows[0];
    if (!row) return undefined;
    const headers = new Map(Object.entries(row.headers).map(([name, value]) => [name, Buffer.from(value, 'base64')]));
    const record = {
      topic,
      partition,
      position: row.position,
      key: row.key ?? undefined,
      value: row.record ?? undefined,
      headers,
    };
    return { id: row.id, record, attempts: row.attempts, waitedMs: Number(row.waited_ms) };
  }

  /** Not possible yet: due again after the next step. */
  async deferAgain(transaction: Transaction, due: DueMessage, waitedMs: number): Promise<void> {
    await transaction.query({
      name: 'messaging-dead-letter-defer',
      text: `UPDATE dead_letter SET due_at = clock_timestamp() + $2 * interval '1 ms', attempts = attempts + 1, waited_ms = $3, changed_at = clock_timestamp() WHERE id = $1`,
      values: [due.id, deferralStepMs, waitedMs],
    });
  }

  async markDead(transaction: Transaction, due: DueMessage, error: string, attempts: number): Promise<void> {
    await transaction.query({
      name: 'messaging-dead-letter-dead',
      text: `UPDATE dead_letter SET status = 'dead', due_at = NULL, error = $2, attempts = $3, changed_at = clock_timestamp() WHERE id = $1`,
      values: [due.id, storable(error), attempts],
    });
  }

  /** The number of deferred, dead and parked messages per topic. */
  async counts(transaction: Transaction): Promise<DeadLetterCount[]> {
    const { rows } = await transaction.query<DeadLetterCount>({
      name: 'messaging-dead-letter-counts',
      // Matches the two partial indexes: old released or discarded messages are not read.
      text: `SELECT topic, status, count(*)::int AS count FROM dead_letter WHERE consumer_group = $1 AND status IN ('dead', 'parked')
        GROUP BY topic, status
        UNION ALL SELECT topic, 'deferred', count(*)::int FROM dead_letter
        WHERE consumer_group = $1 AND status = 'deferred' AND due_at IS NOT NULL GROUP BY topic`,
      values: [this.group],
    });
    return rows;
  }

  /** The message was handled; its effects are in the same transaction. */
  async release(transaction: Transaction, due: DueMessage): Promise<void> {
    await transaction.query({ name: 'messaging-dead-letter-release', text: 'DELETE FROM dead_letter WHERE id = $1', values: [due.id] });
  }
}

/** Postgres accepts no NUL in text. */
const withoutNul = (text: string): string => text.replaceAll('\0', '\uFFFD');
const storable = (error: string): string => withoutNul(error.slice(0, maxErrorLength));

interface DeadLetterRow {
  readonly id: string;
  readonly position: string;
  readonly key: Buffer | null;
  readonly record: Buffer | null;
  readonly headers: Record<string, string>;
  readonly attempts: number;
  readonly waited_ms: string;
}
