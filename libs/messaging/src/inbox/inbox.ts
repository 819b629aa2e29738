import type { Transaction } from '../transaction/transactions.js';

/** Remembers which messages a consumer group has handled. The unique key decides, never a look-up before. */
export class Inbox {
  constructor(readonly group: string) {}

  /** Claims messages in the open transaction; resolves to the ids that nobody had claimed before. */
  async claim(transaction: Transaction, ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await transaction.query<{ message_id: string }>({
      name: 'messaging-inbox-claim',
      text: `INSERT INTO inbox (consumer_group, message_id) SELECT $1, unnest($2::uuid[])
        ON CONFLICT DO NOTHING RETURNING message_id`,
      values: [this.group, ids],
    });
    return new Set(rows.map((row) => row.message_id));
  }
}
