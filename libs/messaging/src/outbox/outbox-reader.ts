import type { Transactions } from '../transaction/transactions.js';
import { type PublishingState, relayProgress } from './outbox-progress.js';
import { isPublished } from './proved.js';

/** A message in the outbox, without its content. */
export interface WrittenMessage {
  readonly topic: string;
  readonly type: string;
  /** Whether it is known to be published; a message of the last seconds may be published without being known to be. */
  readonly isPublished: boolean;
}

/** Maximum number of counted messages: beyond it, the exact number does not matter. */
export const mostCounted = 10_000;

/** The operators' view of an outbox. */
export class OutboxReader {
  constructor(private readonly transactions: Transactions) {}

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

  /** The progress of the relay; undefined if none has ever led. */
  progress(): Promise<PublishingState | undefined> {
    return this.transactions.run((transaction) => relayProgress.read(transaction));
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
