import type { Client } from 'pg';
import { type WatchOptions, watched } from '../database/long-statement.js';
import { unlimitedMs } from '../database/waits.js';
import { type OutboxRow, rowBytes, rowColumns } from './outbox-row.js';

const defaultRows = 50;
const mostBytes = 4 * 1024 * 1024;

export interface RowsOptions extends WatchOptions {
  /** Number of rows to fetch at a time; default 50. */
  readonly rowsAtOnce?: number;
}

/**
 * The rows that match a condition, by position, in the open transaction. Their sizes are queried first, so that each fetch
 * is limited in rows and to 4 MiB, or to a single row that is larger.
 */
export class UnpublishedRows {
  private sizes: number[] = [];

  private constructor(
    private readonly client: Client,
    private readonly options: RowsOptions,
  ) {}

  static async open(client: Client, condition: string, options: RowsOptions): Promise<UnpublishedRows> {
    for (const [cursor, columns] of [
      ['unpublished', rowColumns],
      ['unpublished_sizes', `${rowBytes} AS bytes`],
    ])
      await client.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR SELECT ${columns} FROM outbox ${condition} ORDER BY outbox.position`);
    return new UnpublishedRows(client, options);
  }

  /** Empty after the last row. */
  async next(): Promise<readonly OutboxRow[]> {
    if (this.sizes.length === 0)
      this.sizes = (await this.fetch<{ bytes: number }>(this.options.rowsAtOnce ?? defaultRows, 'unpublished_sizes')).map(
        ({ bytes }) => bytes,
      );
    if (this.sizes.length === 0) return [];
    const count = this.countThatFit();
    this.sizes.splice(0, count);
    return this.fetch<OutboxRow>(count, 'unpublished');
  }

  private countThatFit(): number {
    let bytes = 0;
    const tooMany = this.sizes.findIndex((size) => (bytes += size) > mostBytes);
    return tooMany < 0 ? this.sizes.length : Math.max(1, tooMany);
  }

  private async fetch<Row extends object>(count: number, cursor: string): Promise<Row[]> {
    const fetching = this.client.query<Row>({ text: `FETCH ${count} FROM ${cursor}`, ...({ query_timeout: unlimitedMs } as object) });
    return (await watched(this.client, fetching, this.options)).rows;
  }
}
