import { messagingSchema, PgSessions, Transactions } from '@ftgo/messaging';
import { TransactionClient } from '@ftgo/messaging/postgres';
import { testDatabase } from '@ftgo/testing';
import pg from 'pg';

/** A database with the tables of messaging, and transactions on it. */
export async function messagingDatabase() {
  const database = await testDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 6, pipeline: true, Client: TransactionClient } as ConstructorParameters<
    typeof pg.Pool
  >[0]);
  pool.on('error', () => undefined);
  for (const statement of messagingSchema('ftgo_relay')) await pool.query(statement);
  return {
    adminUrl: database.adminUrl,
    pool,
    transactions: new Transactions(new PgSessions(pool)),
    rows: async <T>(sql: string, values: unknown[] = []): Promise<T[]> => (await pool.query(sql, values)).rows as T[],
    async close(): Promise<void> {
      await pool.end();
      await database.drop();
    },
  };
}
