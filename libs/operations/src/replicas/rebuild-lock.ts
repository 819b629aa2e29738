import type { Transactions } from '@ftgo/messaging';

const lockOf = (name: string) => [`hashtext('replica rebuild')`, name] as const;

/**
 * Takes the lock of a replica in its database, of which only one rebuild can run, in this or another process. Resolves to the
 * function that frees it; to undefined if it is taken. It lasts as long as a transaction: a session lock would not survive a
 * connection pooler.
 */
export async function lockRebuild(transactions: Transactions, replica: string): Promise<(() => Promise<void>) | undefined> {
  const [taken, finished] = [Promise.withResolvers<boolean>(), Promise.withResolvers<void>()];
  const [space, name] = lockOf(replica);
  const guard = transactions.run(async (transaction) => {
    await transaction.query({ text: 'SET LOCAL idle_in_transaction_session_timeout = 0' });
    const { rows } = await transaction.query<{ taken: boolean }>({
      text: `SELECT pg_try_advisory_xact_lock(${space}, hashtext($1)) AS taken`,
      values: [name],
    });
    taken.resolve(rows[0]?.taken === true);
    if (rows[0]?.taken) await finished.promise;
  });
  guard.catch(taken.reject);
  if (!(await taken.promise)) return undefined;
  return async () => {
    finished.resolve();
    // Without its connection, the lock is free as well.
    await guard.catch(() => undefined);
  };
}

/** Whether some process rebuilds a replica of this database. */
export async function isRebuilding(transactions: Transactions, replica: string): Promise<boolean> {
  const [space, name] = lockOf(replica);
  const { rows } = await transactions.run((transaction) =>
    transaction.query<{ held: boolean }>({
      text: `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND classid = (${space}::bigint & 4294967295)::oid AND objid = (hashtext($1)::bigint & 4294967295)::oid) AS held`,
      values: [name],
    }),
  );
  return rows[0]?.held === true;
}
