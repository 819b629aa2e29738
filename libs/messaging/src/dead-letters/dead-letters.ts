import type { AssignedPartition, ReceivedRecord } from '../broker/broker.js';
import { inboxId } from '../inbox/inbox.js';
import type { Transaction } from '../transaction/transactions.js';

/** Why a message is stored, and its new state. */
export interface NotHandled {
  readonly status: 'deferred' | 'dead' | 'parked';
  /** `Class.method`, or undefined if no handler was reached. */
  readonly handler?: string | undefined;
  readonly error?: string;
  readonly attempts: number;
  /** Later events with its key wait until it is resolved. */
  readonly blocksKey?: boolean;
}

/** A stored message that is due, locked by the transaction that took it. */
export interface DueMessage {
  readonly id: string;
  /** `dead`: an operator redrives it. */
  readonly status: 'deferred' | 'dead' | 'parked';
  readonly record: ReceivedRecord;
  readonly attempts: number;
  /** How long it has waited, in ms, excluding time in which the service's event consumers lagged. */
  readonly waitedMs: number;
}

/** SQL that selects those of some keys that have a dead or parked event; the arguments are parameters. */
export const blockedKeys = (group: string, topic: string, keys: string): string =>
  `SELECT wanted.key FROM unnest(${keys}::bytea[]) AS wanted(key) WHERE EXISTS (SELECT FROM dead_letter d
    WHERE d.consumer_group = ${group} AND d.topic = ${topic} AND d.key = wanted.key AND d.blocks_key AND d.status IN ('dead', 'parked'))`;

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

/** The key of a record as it is stored. Undefined: it has no key, and no order. */
export const storedKey = ({ key }: ReceivedRecord): Buffer | undefined => key?.subarray(0, maxKeyBytes);

/** Messages that this consumer group could not handle, stored in its own database in the transaction of the inbox. */
export class DeadLetters {
  constructor(private readonly group: string) {}

  async add(transaction: Transaction, record: ReceivedRecord, notHandled: NotHandled): Promise<void> {
    await transaction.query({
      name: 'messaging-dead-letter-add',
      text: `INSERT INTO dead_letter
        (consumer_group, message_id, topic, partition, position, key, record, headers, status, due_at, attempts, error, handler, blocks_key)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, CASE WHEN $9 = 'deferred' THEN clock_timestamp() + $10 * interval '1 ms' END, $11, $12, $13, $14)
        ON CONFLICT (consumer_group, message_id) DO NOTHING`,
      values: [
        this.group,
        inboxId(record),
        record.topic,
        record.partition,
        record.position,
        storedKey(record) ?? null,
        record.value ?? null,
        JSON.stringify(Object.fromEntries([...record.headers].map(([name, value]) => [withoutNul(name), value.toString('base64')]))),
        notHandled.status,
        deferralStepMs,
        notHandled.attempts,
        notHandled.error === undefined ? null : storable(notHandled.error),
        notHandled.handler ?? null,
        notHandled.blocksKey ?? false,
      ],
    });
  }

  /** Those of some keys of a topic that have a dead or parked event, so that later ones must wait. */
  async blockedKeys(transaction: Transaction, topic: string, keys: readonly Buffer[]): Promise<Buffer[]> {
    const { rows } = await transaction.query<{ key: Buffer }>({
      name: 'messaging-dead-letter-blocked',
      text: blockedKeys('$1', '$2', '$3'),
      values: [this.group, topic, keys],
    });
    return rows.map(({ key }) => key);
  }

  /** The partitions with messages that are or will be due, and when the first is (ms from now, 0 if it is due). */
  async pending(transaction: Transaction): Promise<Array<AssignedPartition & { readonly dueInMs: number }>> {
    const { rows } = await transaction.query<{ topic: string; partition: number; due_in_ms: number }>({
      name: 'messaging-dead-letter-pending',
      // The first open event of a key is due if it is parked: whatever it waited for has been resolved.
      text: `SELECT topic, partition, min(due_in_ms) AS due_in_ms FROM (
          SELECT topic, partition, greatest(0, extract(epoch FROM due_at - clock_timestamp()) * 1000)::float8 AS due_in_ms
            FROM dead_letter WHERE consumer_group = $1 AND due_at IS NOT NULL
          UNION ALL SELECT topic, partition, 0 FROM (
            SELECT DISTINCT ON (topic, key) topic, partition, status FROM dead_letter
              WHERE consumer_group = $1 AND blocks_key AND status IN ('dead', 'parked') ORDER BY topic, key, id) first
            WHERE status = 'parked') due
        GROUP BY topic, partition`,
      values: [this.group],
    });
    return rows.map(({ topic, partition, due_in_ms }) => ({ topic, partition, dueInMs: due_in_ms }));
  }

  /** Takes the next due message of a partition: deferred or redriven ones in the order in which they became due, then parked ones. */
  async takeDue(transaction: Transaction, partition: AssignedPartition): Promise<DueMessage | undefined> {
    return (await this.takeTimed(transaction, partition)) ?? (await this.takeParked(transaction, partition));
  }

  /** Takes the event that was parked behind this one. Undefined if there is none, or it must wait for another one. */
  async takeNextOf(transaction: Transaction, { record }: DueMessage): Promise<DueMessage | undefined> {
    const { rows } = await transaction.query<DeadLetterRow>({
      name: 'messaging-dead-letter-take-next',
      text: `SELECT ${dueColumns} FROM dead_letter
        WHERE consumer_group = $1 AND topic = $2 AND key = $3 AND blocks_key AND status IN ('dead', 'parked')
        ORDER BY id LIMIT 1 FOR UPDATE`,
      values: [this.group, record.topic, storedKey(record) ?? null],
    });
    const [row] = rows;
    return row?.status === 'parked' ? dueOf(row, record) : undefined;
  }

  private async takeTimed(transaction: Transaction, partition: AssignedPartition): Promise<DueMessage | undefined> {
    const { rows } = await transaction.query<DeadLetterRow>({
      name: 'messaging-dead-letter-take',
      text: `SELECT ${dueColumns} FROM dead_letter
        WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND due_at <= clock_timestamp()
        ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      values: [this.group, partition.topic, partition.partition],
    });
    return rows[0] && dueOf(rows[0], partition);
  }

  private async takeParked(transaction: Transaction, partition: AssignedPartition): Promise<DueMessage | undefined> {
    const { rows } = await transaction.query<DeadLetterRow>({
      name: 'messaging-dead-letter-take-parked',
      text: `SELECT ${dueColumns} FROM dead_letter d
        WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND status = 'parked' AND NOT EXISTS (
          SELECT FROM dead_letter earlier WHERE earlier.consumer_group = $1 AND earlier.topic = $2 AND earlier.key = d.key
            AND earlier.blocks_key AND earlier.status IN ('dead', 'parked') AND earlier.id < d.id)
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      values: [this.group, partition.topic, partition.partition],
    });
    return rows[0] && dueOf(rows[0], partition);
  }

  /** Not possible yet: due again after the next step. */
  async deferAgain(transaction: Transaction, due: DueMessage, waitedMs: number): Promise<void> {
    await transaction.query({
      name: 'messaging-dead-letter-defer',
      text: `UPDATE dead_letter SET status = 'deferred', due_at = clock_timestamp() + $2 * interval '1 ms', attempts = attempts + 1, waited_ms = $3, changed_at = clock_timestamp() WHERE id = $1`,
      values: [due.id, deferralStepMs, waitedMs],
    });
  }

  /** It failed; it remains, or becomes, a dead letter. A rejected message, `blocksKey` false, has no place in the order of its key. */
  async markDead(
    transaction: Transaction,
    due: DueMessage,
    { error, attempts, blocksKey }: { readonly error: string; readonly attempts: number; readonly blocksKey: boolean },
  ): Promise<void> {
    await transaction.query({
      name: 'messaging-dead-letter-dead',
      text: `UPDATE dead_letter SET status = 'dead', due_at = NULL, error = $2, attempts = $3, blocks_key = blocks_key AND $4,
        changed_at = clock_timestamp() WHERE id = $1`,
      values: [due.id, storable(error), attempts, blocksKey],
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

  /** The message was handled; its effects are in the same transaction. One that was redriven is kept, for the record. */
  async release(transaction: Transaction, due: DueMessage): Promise<void> {
    await transaction.query(
      due.status === 'dead'
        ? {
            name: 'messaging-dead-letter-redriven',
            text: `UPDATE dead_letter SET status = 'redriven', due_at = NULL, changed_at = clock_timestamp() WHERE id = $1`,
            values: [due.id],
          }
        : { name: 'messaging-dead-letter-release', text: 'DELETE FROM dead_letter WHERE id = $1', values: [due.id] },
    );
  }
}

/** Postgres accepts no NUL in text. */
const withoutNul = (text: string): string => text.replaceAll('\0', '\uFFFD');
const storable = (error: string): string => withoutNul(error.slice(0, maxErrorLength));

const dueColumns = 'id, status, partition, position, key, record, headers, attempts, waited_ms';

interface DeadLetterRow {
  readonly id: string;
  readonly status: DueMessage['status'];
  readonly partition: number;
  readonly position: string;
  readonly key: Buffer | null;
  readonly record: Buffer | null;
  readonly headers: Record<string, string>;
  readonly attempts: number;
  readonly waited_ms: string;
}

function dueOf(row: DeadLetterRow, { topic }: { readonly topic: string }): DueMessage {
  const headers = new Map(Object.entries(row.headers).map(([name, value]) => [name, Buffer.from(value, 'base64')]));
  const { id, status, attempts, partition, position } = row;
  const record = { topic, partition, position, key: row.key ?? undefined, value: row.record ?? undefined, headers };
  return { id, status, record, attempts, waitedMs: Number(row.waited_ms) };
}
