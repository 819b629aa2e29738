import { testDatabase } from '@ftgo/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PgSessions, Transactions } from '../src/index.js';
import { TransactionClient } from '../src/postgres/index.js';

let database: Awaited<ReturnType<typeof testDatabase>>;
let pool: pg.Pool;
let transactions: Transactions;
let sent: string[];

/** Notes the moments at which something is written to the server. */
class NotingClient extends TransactionClient {
  override query(...args: unknown[]): never {
    sent.push('round trip');
    return super.query(...args);
  }
}

const add = (price: unknown) => ({ name: 'add', text: 'INSERT INTO prices (price) VALUES ($1)', values: [price] });
const prices = async () => (await pool.query<{ price: number }>('SELECT price FROM prices ORDER BY price')).rows.map(({ price }) => price);

beforeAll(async () => {
  database = await testDatabase();
  const options = { connectionString: database.url, max: 1, pipeline: true, Client: NotingClient };
  pool = new pg.Pool(options);
  transactions = new Transactions(new PgSessions(pool));
  sent = [];
  await pool.query('CREATE TABLE prices (price int PRIMARY KEY CHECK (price > 0))');
});
beforeEach(async () => {
  await pool.query('TRUNCATE prices');
  sent = [];
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('a transaction', () => {
  it('begins with its first statement, and commits with those whose result is not needed', async () => {
    const seen = await transactions.run(async (transaction) => {
      const { rows } = await transaction.query<{ price: number }>({ text: 'SELECT 1 AS price' });
      await transaction.postpone(add(rows[0]?.price));
      await transaction.postpone(add(2));
      return rows;
    });
    expect([seen, sent.length]).toEqual([[{ price: 1 }], 2]);
    expect(await prices()).toEqual([1, 2]);
  });

  it('sends nothing if it fails before its first statement', async () => {
    const failing = transactions.run(() => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(sent).toEqual([]);
  });

  it('fails with the error of a postponed statement, and has no effect', async () => {
    const failing = transactions.run(async (transaction) => {
      await transaction.query(add(1));
      await transaction.postpone(add(-1));
      await transaction.postpone(add(2));
    });
    await expect(failing).rejects.toMatchObject({ code: '23514' });
    expect(await prices()).toEqual([]);
  });

  it('does not run a statement that was sent with one that failed', async () => {
    const client = (await pool.connect()) as unknown as TransactionClient & pg.PoolClient;
    client.postpone({ text: 'BEGIN ISOLATION LEVEL INVALID' });
    await expect((client as pg.PoolClient).query(add(1))).rejects.toMatchObject({ code: '42601' });
    client.release();
    expect(await prices()).toEqual([]);
  });

  it('uses a prepared statement again that was never prepared because an earlier one failed', async () => {
    const never = { name: 'never', text: 'SELECT 7 AS price' };
    const failing = transactions.run(async (transaction) => {
      await transaction.postpone(add('many'));
      await transaction.query(never);
    });
    await expect(failing).rejects.toMatchObject({ code: '22P02' });
    expect(await transactions.run((transaction) => transaction.query(never))).toMatchObject({ rows: [{ price: 7 }] });
  });
});

describe('a savepoint', () => {
  it('costs no round trip, and undoes what fails in it', async () => {
    await transactions.run(async (transaction) => {
      await transaction.query(add(1));
      await transaction.savepoint(() => transaction.query(add(2)));
      const failing = transaction.savepoint(async () => {
        await transaction.query(add(3));
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
    });
    // The last but one is the rollback to the savepoint.
    expect(sent).toHaveLength(5);
    expect(await prices()).toEqual([1, 2]);
  });

  it('is not even begun if nothing is sent in it', async () => {
    await transactions.run(async (transaction) => {
      await expect(transaction.savepoint(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
      await transaction.savepoint(() => Promise.resolve());
      await transaction.query(add(1));
    });
    expect(sent).toHaveLength(2);
    expect(await prices()).toEqual([1]);
  });
});
