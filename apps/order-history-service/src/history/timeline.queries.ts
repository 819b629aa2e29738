import type { TimelineEntryDetails } from '@ftgo/contracts/orderhistory';
import type { OrderId } from '@ftgo/ftgo';
import { Database, WatchedVersions } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { type StoredEntry, shownEntry } from './timeline.js';

const pageSize = 500;

export interface Replay {
  /** The number of the last known entry. */
  readonly after: number;
  /** Whether to continue with new entries until the signal aborts. */
  readonly follow: boolean;
}

@Injectable()
export class TimelineQueries {
  private readonly lengths = new WatchedVersions<OrderId>((orders) =>
    this.database.query('SELECT order_id AS id, timeline_length AS version FROM order_view WHERE order_id = ANY ($1::bigint[])', [orders]),
  );

  constructor(private readonly database: Database) {}

  /** The entries after a number, oldest first, at the pace of the reader; none for an unknown order. */
  async *replay(order: OrderId, { after, follow }: Replay, signal: AbortSignal): AsyncGenerator<TimelineEntryDetails, void, void> {
    let last = after;
    for (;;) {
      const page = await this.page(order, last);
      yield* page;
      last = page.at(-1)?.n ?? last;
      if (page.length === pageSize) continue;
      if (!follow) return;
      await this.lengths.beyond({ id: order, version: last }, signal);
    }
  }

  private async page(order: OrderId, after: number): Promise<TimelineEntryDetails[]> {
    // Only those details that are shown.
    const rows = await this.database.query<StoredEntry>(
      `SELECT order_id AS "orderId", n, event, occurred_at AS at, actor,
         jsonb_strip_nulls(jsonb_build_object('readyBy', details->'readyBy', 'courierId', details->'courierId')) AS details
       FROM order_timeline WHERE order_id = $1 AND n > $2 ORDER BY n LIMIT $3`,
      [order, after, pageSize],
    );
    return rows.map(shownEntry);
  }
}
