import type { Transactions } from '@ftgo/messaging';

/** Deletes instances that have ended, with their history. Instances that have not ended are kept, however old. */
export class SagaRetention {
  constructor(
    private readonly transactions: Transactions,
    private readonly days: number = 30,
  ) {}

  /** Works in small batches, so that no running saga waits for it. Returns the number of deleted sagas. */
  async run(atOnce = 1_000): Promise<number> {
    let forgotten = 0;
    for (let more = atOnce; more === atOnce; forgotten += more) more = await this.step('sagas-forget', ended, atOnce);
    for (let more = atOnce; more === atOnce; ) more = await this.step('sagas-forget-strays', strays, atOnce);
    return forgotten;
  }

  private step(name: string, text: string, atOnce: number): Promise<number> {
    return this.transactions.run(async (transaction) => {
      const { rowCount } = await transaction.query({ name, text, values: [this.days, atOnce] });
      return rowCount;
    });
  }
}

const ended = `WITH ended AS (
    SELECT id FROM saga_instance WHERE ended_at < now() - $1 * interval '1 day' ORDER BY ended_at LIMIT $2 FOR UPDATE SKIP LOCKED
  ), history AS (
    DELETE FROM saga_history h USING ended WHERE h.saga_id = ended.id
  )
  DELETE FROM saga_instance i USING ended WHERE i.id = ended.id`;

/** History of replies that arrived after their saga was deleted, or that never had one. */
const strays = `DELETE FROM saga_history WHERE (saga_id, position) IN (
    SELECT h.saga_id, h.position FROM saga_history h
    WHERE h.at < now() - $1 * interval '1 day' AND NOT EXISTS (SELECT FROM saga_instance i WHERE i.id = h.saga_id)
    LIMIT $2 FOR UPDATE SKIP LOCKED)`;
