import type { Transactions } from '../transaction/transactions.js';
import { type PublishingState, relayProgress } from './outbox-progress.js';
import { isPublished } from './proved.js';

/** A message as the outbox has it, without what it says. */
export interface WrittenMessage {
  readonly topic: string;
  readonly type: string;
  /** It is known to be published; one of the last seconds may be so without being known to be. */
  readonly isPublished: boolean;
}

/** How many are counted at most: beyond it, the exact number does not matter. */
export const mostCounted = 10_000;

/** What operators see of an outbox. */
export class OutboxReader {
  constructor(private readonly transactions: Transactions) {}

  /** A message that was written at about that time; undefined when there is none, or it was removed (after a day). */
  find(id: string, writtenAt: Date): Promise<WrittenMessage | undefined> {
    return this.transactions.run(async (transaction) => {
      // created_at is the partition key and the beginning of the transaction, which may be a while before the message.
      const { rows } = await transaction.query<{ topic: string; type: string; is_published: boolean }>({
        text: `SELECT o.topic, o.type, ${isPublished('o')} AS is_published FROM outbox o WHERE o.id::text = $1
          AND o.created_at BETWEEN $2::timestamptz - interval '10 min' AND $2::timestamptz + interval '10 min' LIMIT 1`,
        values: [id, writtenAt],
      });
      const [row] = rows;
      return row && { topic: row.topic, type: row.type, isPublished: row.is_published };
    });
  }

  /** How far the relay has come; undefined as long as none has ever led. */
  progress(): Promise<PublishingState | undefined> {
    return this.transactions.run((transaction) => relayProgress.read(transaction));
  }

  /**
   * How many messages are not known to be published, `mostCounted` at most. It reads the outbox row by row: to be asked
   * when the relay is behind, since while it goes on this only counts those of the last seconds.
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
