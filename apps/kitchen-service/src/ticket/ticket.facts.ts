import type { AboutOrder } from '@ftgo/invariants';
import { type FactRange, FactSource } from '@ftgo/operations';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import type { TicketLine } from './ticket.js';

interface TicketRow {
  readonly id: number;
  readonly state: string;
  readonly restaurantId: number;
  readonly lineItems: readonly TicketLine[];
  readonly version: number;
}

/** Tickets; a ticket has the id of its order. */
@Injectable()
export class TicketFacts extends FactSource {
  readonly about = 'orders';

  constructor(private readonly database: Database) {
    super();
  }

  async read({ after, until, limit }: FactRange): Promise<AboutOrder[]> {
    const tickets = await this.database.query<TicketRow>(
      `SELECT id, state, restaurant_id AS "restaurantId", line_items AS "lineItems", version
       FROM tickets WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3`,
      [after, until, limit],
    );
    return tickets.map(({ id, lineItems, ...ticket }) => ({
      id,
      ticket: { ...ticket, lines: lineItems.map(({ menuItemId, quantity }) => ({ menuItemId, quantity })) },
    }));
  }
}
