import type { PoolClient } from 'pg';
import type { Statement } from '../postgres/statement.js';
import type { Rows } from './session.js';

/**
 * Runs a statement on a pg client; shared by every session based on pg. With `isPooled` the statement is not prepared: a pooler
 * shares the server's connections, and another client may have prepared a statement with the same name, or this one is missing.
 */
export async function queryWith<Row>(client: Pick<PoolClient, 'query'>, statement: Statement, isPooled = false): Promise<Rows<Row>> {
  const { name, text, values } = statement;
  const result = await client.query({ text, ...(name === undefined || isPooled ? {} : { name }), values: values as unknown[] | undefined });
  return { rows: result.rows as Row[], rowCount: result.rowCount ?? 0 };
}
