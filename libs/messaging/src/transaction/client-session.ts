import type { QueryResult } from 'pg';
import type { Statement } from '../postgres/statement.js';
import type { TransactionClient } from '../postgres/transaction-client.js';
import { queryWith } from './query-with.js';
import { type Rows, type Session, TransactionAborted } from './session.js';

const begin = 'BEGIN';
/** The error of every statement after a failed one. */
const isAborted = '25P02';

/**
 * A transaction of a TransactionClient: BEGIN is sent with its first statement, and COMMIT with those before it whose results
 * are not needed. The usual transaction has two round trips fewer.
 */
export abstract class ClientSession implements Session {
  private hasEnded = false;

  constructor(
    protected readonly client: TransactionClient,
    private readonly isPooled: boolean,
  ) {}

  begin(): Promise<void> {
    this.postpone({ name: begin, text: begin });
    return Promise.resolve();
  }

  async commit(): Promise<void> {
    const { command } = await this.run('COMMIT').catch((error: { code?: string }) => {
      throw error.code === isAborted ? new TransactionAborted() : error;
    });
    this.hasEnded = true;
    if (command !== 'COMMIT') throw new TransactionAborted();
  }

  async rollback(): Promise<void> {
    const hasBegun = !this.client.withdrawAll().some(({ text }) => text === begin);
    if (hasBegun && !this.hasEnded) await this.run('ROLLBACK');
  }

  query<Row>(statement: Statement): Promise<Rows<Row>> {
    return queryWith(this.client, statement, this.isPooled);
  }

  postpone({ name, text, values }: Statement): void {
    this.client.postpone({ text, ...(name === undefined || this.isPooled ? {} : { name }), ...(values ? { values } : {}) });
  }

  withdraw(text: string): boolean {
    return this.client.withdraw(text);
  }

  private run(text: string): Promise<QueryResult> {
    return this.client.query(text);
  }

  abstract release(broken?: Error): void;
}
