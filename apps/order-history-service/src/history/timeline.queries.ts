import type { TimelineEntryDetails } from '@ftgo/contracts/orderhistory';
import type { OrderId } from '@ftgo/ftgo';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { type StoredEntry, shownEntry } from './timeline.js';

const mostEntries = 500;

@Injectable()
export class TimelineQueries {
  constructor(private readonly database: Database) {}

  /** The entries after a number, oldest first, at most 500; none for an unknown order. */
  async list(order: OrderId, after: number): Promise<TimelineEntryDetails[]> {
    // Only those details that are shown.
    const rows = await this.database.query<StoredEntry>(
      `SELECT order_id AS "orderId", n, event, occurred_at AS at,
         jsonb_strip_nulls(jsonb_build_object('readyBy', details->'readyBy', 'courierId', details->'courierId')) AS details
       FROM order_timeline WHERE order_id = $1 AND n > $2 ORDER BY n LIMIT $3`,
      [order, after, mostEntries],
    );
    return rows.map(shownEntry);
  }
}
