import { createHash } from 'node:crypto';
import { DomainError } from '@ftgo/kernel';
import type { ReceivedRecord } from '../broker/broker.js';
import { inboxId } from '../inbox/inbox.js';
import { header, headerText } from '../message/envelope.js';
import type { Operator, OperatorActions } from '../operations/operator-actions.js';
import type { Transactions } from '../transaction/transactions.js';

/** A message that an operator has struck out: it is not handled again, and rebuilds leave it out. */
export interface StruckMessage {
  /** As in the inbox. */
  readonly id: string;
  readonly topic: string;
  readonly partition: number;
  readonly position: string;
  /** The aggregate that it is about, as it says. */
  readonly subject: string;
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  /** When a rebuild that left it out had succeeded; undefined: its effect may still be there. */
  readonly rebuiltAt?: Date | undefined;
}

/** More messages than one service can strike out. */
export class TooManyStruck extends DomainError {
  constructor() {
    super(
      'TOO_MANY_STRUCK_MESSAGES',
      'rule-broken',
      `a service can strike out at most ${mostStruck} messages; restore the topic from a backup instead`,
    );
  }
}

/** Rebuilds keep them in memory, and the topics keep their messages forever. */
export const mostStruck = 1_000;

/** The messages that operators of this service have struck out. */
export class StruckMessages {
  constructor(private readonly transactions: Transactions) {}

  /** Oldest first. */
  list(): Promise<StruckMessage[]> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<StruckMessage & { readonly rebuiltAt: Date | null }>({
        text: `SELECT message_id::text AS id, topic, partition, position, subject, struck_by AS by, reason, struck_at AS at,
          rebuilt_at AS "rebuiltAt" FROM struck_message ORDER BY struck_at, message_id`,
      });
      return rows.map((row) => ({ ...row, rebuiltAt: row.rebuiltAt ?? undefined }));
    });
  }

  /** Tells struck records from others, as of now. A copy of one at another place is struck out, too; another record with its id is not. */
  async load(): Promise<(record: ReceivedRecord) => boolean> {
    const rows = await this.transactions.run(async (transaction) => {
      const text = 'SELECT message_id::text AS id, digest FROM struck_message';
      return (await transaction.query<{ id: string; digest: Buffer }>({ text })).rows;
    });
    const struck = new Set(rows.map(({ id, digest }) => `${id} ${digest.toString('hex')}`));
    const ids = new Set(rows.map(({ id }) => id));
    return (record) => ids.size > 0 && ids.has(inboxId(record)) && struck.has(`${inboxId(record)} ${digestOf(record).toString('hex')}`);
  }

  /** Notes that a rebuild has left these out. */
  async noteRebuilt(ids: readonly string[]): Promise<void> {
    await this.transactions.run((transaction) =>
      transaction.query({
        text: 'UPDATE struck_message SET rebuilt_at = clock_timestamp() WHERE message_id = ANY ($1::uuid[]) AND rebuilt_at IS NULL',
        values: [ids],
      }),
    );
  }
}

/** What operators do about messages that should never have been accepted, recorded with who did it and why. */
export class StruckMessageActions {
  constructor(
    private readonly transactions: Transactions,
    private readonly actions: OperatorActions,
  ) {}

  /** Strikes out records of events; those that already are stay as they are. Resolves to the ids of the others. Throws TooManyStruck. */
  strikeOut(records: readonly ReceivedRecord[], operator: Operator, reason: string): Promise<string[]> {
    return this.transactions.run(async (transaction) => {
      // One at a time: the limit holds.
      await transaction.query({ text: 'LOCK TABLE struck_message IN SHARE ROW EXCLUSIVE MODE' });
      const { rows } = await transaction.query<{ id: string }>({
        text: insert,
        values: [
          records.map(inboxId),
          records.map(digestOf),
          records.map(({ topic }) => topic),
          records.map(({ partition }) => partition),
          records.map(({ position }) => position),
          records.map((record) => headerText(record, header.subject) ?? ''),
          operator.name,
          reason,
        ],
      });
      const counted = await transaction.query<{ count: number }>({ text: 'SELECT count(*)::int AS count FROM struck_message' });
      if (Number(counted.rows[0]?.count) > mostStruck) throw new TooManyStruck();
      const ids = rows.map(({ id }) => id);
      const subjects = ids.map((id) => `message/${id}`);
      await this.actions.record(transaction, operator, { action: 'message.strike-out', subjects, reason });
      return ids;
    });
  }
}

const insert = `INSERT INTO struck_message (message_id, digest, topic, partition, position, subject, struck_by, reason)
  SELECT id, digest, topic, partition, position, subject, $7, $8
  FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::int[], $5::text[], $6::text[]) AS struck (id, digest, topic, partition, position, subject)
  ON CONFLICT (message_id, digest) DO NOTHING RETURNING message_id::text AS id`;

/** Of everything but the place. */
function digestOf({ key, value, headers }: ReceivedRecord): Buffer {
  const hash = createHash('sha256');
  const sorted = [...headers].toSorted(([one], [other]) => (one < other ? -1 : 1));
  for (const part of [key, value, ...sorted.flat()]) {
    hash.update(part === undefined ? '-' : `${Buffer.byteLength(part)}:`);
    hash.update(part ?? '');
  }
  return hash.digest();
}
