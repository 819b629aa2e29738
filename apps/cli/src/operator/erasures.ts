import type { Transaction } from '@ftgo/messaging';

/** The erasure of a consumer's personal data by an operator. */
export interface ErasureLine {
  readonly consumerId: number;
  readonly at: Date;
  readonly actor: string;
  readonly reason: string | null;
}

/**
 * The erasures since a point in time, oldest first, of consumers who were created before it: a restore to it brings their personal
 * data back. Read from the database, because the list is needed when services may be down.
 */
export async function readErasures(transaction: Transaction, since: Date): Promise<ErasureLine[]> {
  const { rows } = await transaction.query<Omit<ErasureLine, 'consumerId'> & { id: string }>({
    text: `SELECT consumers.id, action.at, action.actor, action.reason
      FROM operator_action AS action JOIN consumers ON action.subject = 'consumer/' || consumers.id
      WHERE action.action = 'consumer.erase' AND action.at > $1 AND consumers.created_at <= $1 ORDER BY action.id`,
    values: [since],
  });
  return rows.map(({ id, ...erasure }) => ({ consumerId: Number(id), ...erasure }));
}
