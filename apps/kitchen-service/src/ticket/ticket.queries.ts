import type { RestaurantId, TicketId } from '@ftgo/kernel';
import { Database } from '@ftgo/platform';
import { Injectable } from '@nestjs/common';
import { TicketNotFound } from './ticket.errors.js';
import type { TicketLine } from './ticket.js';
import type { TicketState } from './ticket-state.js';

export interface TicketView {
  readonly ticketId: TicketId;
  readonly restaurantId: RestaurantId;
  readonly state: TicketState;
  readonly lineItems: readonly TicketLine[];
  readonly readyBy?: Date | undefined;
  readonly createdAt: Date;
  readonly acceptedAt?: Date | undefined;
  readonly preparingAt?: Date | undefined;
  readonly readyForPickupAt?: Date | undefined;
  readonly pickedUpAt?: Date | undefined;
  readonly cancelledAt?: Date | undefined;
}

export interface TicketFilter {
  readonly restaurantId?: RestaurantId | undefined;
  readonly state?: TicketState | undefined;
}

export const maxTicketsFound = 100;

const select = `SELECT id AS "ticketId", restaurant_id AS "restaurantId", state, line_items AS "lineItems", ready_by AS "readyBy",
  created_at AS "createdAt", accepted_at AS "acceptedAt", preparing_at AS "preparingAt", ready_for_pickup_at AS "readyForPickupAt",
  picked_up_at AS "pickedUpAt", cancelled_at AS "cancelledAt" FROM tickets`;

@Injectable()
export class TicketQueries {
  constructor(private readonly database: Database) {}

  async get(id: TicketId): Promise<TicketView> {
    const [ticket] = await this.findAll([id]);
    if (!ticket) throw new TicketNotFound(id);
    return ticket;
  }

  /** Those that there are, in order of their ids. */
  findAll(ids: readonly TicketId[], limit?: number): Promise<TicketView[]> {
    return this.read(`${select} WHERE id = ANY ($1::bigint[]) ORDER BY id LIMIT $2`, [ids, limit ?? null]);
  }

  /** Newest first, at most 100. */
  find({ restaurantId, state }: TicketFilter): Promise<TicketView[]> {
    return this.read(
      `${select} WHERE ($1::bigint IS NULL OR restaurant_id = $1) AND ($2::text IS NULL OR state = $2)
       ORDER BY id DESC LIMIT ${maxTicketsFound}`,
      [restaurantId ?? null, state ?? null],
    );
  }

  private async read(text: string, values: readonly unknown[]): Promise<TicketView[]> {
    const rows = await this.database.query<Record<keyof TicketView, unknown>>(text, values);
    return rows.map(
      (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])) as unknown as TicketView,
    );
  }
}
