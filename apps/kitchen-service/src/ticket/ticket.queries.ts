import type { RestaurantId, TicketId } from '@ftgo/ftgo';
import { Access, batchOf, Database, maxBatch, maxPageBytes, pageOf } from '@ftgo/platform';
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

export interface TicketPage {
  readonly tickets: readonly TicketView[];
  /** The last ticket of this page if there are more, otherwise undefined. */
  readonly continueAfter: TicketId | undefined;
}

type Row = Record<keyof TicketView, unknown>;

const select = `SELECT id AS "ticketId", restaurant_id AS "restaurantId", state, line_items AS "lineItems", ready_by AS "readyBy",
  created_at AS "createdAt", accepted_at AS "acceptedAt", preparing_at AS "preparingAt", ready_for_pickup_at AS "readyForPickupAt",
  picked_up_at AS "pickedUpAt", cancelled_at AS "cancelledAt"`;

@Injectable()
export class TicketQueries {
  constructor(
    private readonly database: Database,
    private readonly access: Access,
  ) {}

  async get(id: TicketId): Promise<TicketView> {
    const [ticket] = await this.findAll([id]);
    if (!ticket) throw new TicketNotFound(id);
    await this.access.demand({ restaurant: ticket.restaurantId }, () => new TicketNotFound(id));
    return ticket;
  }

  /** Those of the tickets that exist and belong to the caller, sorted by id. */
  async findOwn(ids: readonly TicketId[]): Promise<TicketView[]> {
    const tickets = batchOf(await this.findAll(ids, maxBatch + 1));
    return this.access.own(tickets, ({ restaurantId: restaurant }) => ({ restaurant }));
  }

  /** The tickets that exist, sorted by id. */
  findAll(ids: readonly TicketId[], limit?: number): Promise<TicketView[]> {
    return this.read(`${select} FROM tickets WHERE id = ANY ($1::bigint[]) ORDER BY id LIMIT $2`, [ids, limit ?? null]);
  }

  /** Newest first. A restaurant must ask for its own tickets; there are no others for it. */
  async find({ restaurantId, state }: TicketFilter, page: { after: TicketId | undefined; size: number }): Promise<TicketPage> {
    if (!(await this.access.allows({ restaurant: restaurantId }))) return { tickets: [], continueAfter: undefined };
    // Rows beyond the page's size are not read, except for the first, which shows that there are more.
    const rows = await this.database.query<Row & { bytes: number; total: number }>(
      `SELECT * FROM (SELECT found.*, sum(bytes) OVER (ORDER BY "ticketId" DESC) AS total FROM (
         ${select}, octet_length(line_items::text) AS bytes FROM tickets
         WHERE ($1::bigint IS NULL OR restaurant_id = $1) AND ($2::text IS NULL OR state = $2) AND ($3::bigint IS NULL OR id < $3)
         ORDER BY id DESC LIMIT $4) AS found) AS sized
       WHERE total - bytes <= ${maxPageBytes} ORDER BY "ticketId" DESC`,
      [restaurantId ?? null, state ?? null, page.after ?? null, page.size + 1],
    );
    const { items, hasMore } = pageOf(rows, { items: page.size }, ({ bytes }) => bytes);
    const tickets = items.map(({ bytes: _bytes, total: _total, ...row }) => viewOf(row));
    return { tickets, continueAfter: hasMore ? tickets.at(-1)?.ticketId : undefined };
  }

  private async read(text: string, values: readonly unknown[]): Promise<TicketView[]> {
    return (await this.database.query<Row>(text, values)).map(viewOf);
  }
}

const viewOf = (row: Row): TicketView =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? undefined])) as unknown as TicketView;
