import type { Client } from 'pg';
import { type WatchOptions, watched } from '../database/long-statement.js';
import { unlimitedMs } from '../database/waits.js';
import { type SweptRow, sweptBytes, sweptColumns } from './outbox-row.js';

const mostRows = 50;
const mostBytes = 4 * 1024 * 1024;

/**
 * The rows that a condition selects, in their order, in the open transaction. The server is asked how large they are before
 * it is asked for them: no more than 50 come at a time, and of large ones no more than 4 MiB, or one.
 */
export class SweptRows {
  private sizes: number[] = [];

  private constructor(
    private readonly client: Client,
    private readonly watch: WatchOptions,
  ) {}

  static async open(client: Client, condition: string, watch: WatchOptions): Promise<SweptRows> {
    for (const [cursor, columns] of [
      ['swept', sweptColumns],
      ['swept_sizes', `${sweptBytes} AS bytes`],
    ])
      await client.query(`DECLARE ${cursor} NO SCROLL CURSOR FOR SELECT ${columns} FROM outbox ${condition} ORDER BY outbox.position`);
    return new SweptRows(client, watch);
  }

  /** None when all have come. */
  async next(): Promise<readonly SweptRow[]> {
    if (this.sizes.length === 0) this.sizes = (await this.fetch<{ bytes: number }>(mostRows, 'swept_sizes')).map(({ bytes }) => bytes);
    if (this.sizes.length === 0) return [];
    const count = this.countThatFit();
    this.sizes.splice(0, count);
    return this.fetch<SweptRow>(count, 'swept');
  }

  private countThatFit(): number {
    let bytes = 0;
    const tooMany = this.sizes.findIndex((size) => (bytes += size) > mostBytes);
    return tooMany < 0 ? this.sizes.length : Math.max(1, tooMany);
  }

  private async fetch<Row extends object>(count: number, cursor: string): Promise<Row[]> {
    const fetching = this.client.query<Row>({ text: `FETCH ${count} FROM ${cursor}`, ...({ query_timeout: unlimitedMs } as object) });
    return (await watched(this.client, fetching, this.watch)).rows;
  }
}
