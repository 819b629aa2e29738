import type { Operator, OperatorActions } from '../operations/operator-actions.js';
import type { Transactions } from '../transaction/transactions.js';

const columns = `id, topic, partition_key, type, source, subject, sequence, time, correlation_id, causation_id, extensions, traceparent,
  tracestate, content_type, data_schema, payload`;

/** What an operator does about an outbox, recorded with who did it and why. */
export class OutboxActions {
  constructor(
    private readonly transactions: Transactions,
    private readonly actions: OperatorActions,
  ) {}

  /**
   * Writes the messages that the relay has rejected into the outbox again, in their order, as far as the outbox still has them:
   * for a relay that was deployed without their channel. Resolves to their ids. A message that is still not allowed is rejected
   * again.
   */
  republishRejected(operator: Operator, reason: string): Promise<string[]> {
    return this.transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ id: string }>({
        text: `DELETE FROM relay_skip WHERE skipped_by = 'relay' AND message_id IN (SELECT id FROM outbox) RETURNING message_id AS id`,
      });
      const ids = rows.map(({ id }) => id);
      await transaction.query({
        text: `INSERT INTO outbox (${columns}) SELECT ${columns} FROM (
            SELECT DISTINCT ON (id) * FROM outbox WHERE id = ANY ($1::uuid[]) ORDER BY id, position) rejected ORDER BY position`,
        values: [ids],
      });
      await this.actions.record(transaction, operator, { action: 'outbox.republish', subjects: ids.map((id) => `message/${id}`), reason });
      return ids;
    });
  }
}
