import type { TicketId } from '@ftgo/ftgo';
import { Allow, MayRespondWith, RepresentedAs, RespondsWith, Summary } from '@ftgo/platform';
import { acceptTicketRequest } from '@ftgo/rest/kitchen';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { KitchenService } from './kitchen.service.js';
import { cursorOf } from './page-cursor.js';
import { findTicketsQuery, ticketForms, ticketIdParam, ticketJson, ticketResponse, ticketsResponse } from './ticket.http.dto.js';
import { TicketQueries, type TicketView } from './ticket.queries.js';

@Controller('tickets')
export class TicketHttpController {
  constructor(
    private readonly kitchen: KitchenService,
    private readonly tickets: TicketQueries,
  ) {}

  @Allow('restaurant', 'operator', 'service')
  @Get()
  @RespondsWith(ticketsResponse)
  async findTickets(@Query({ schema: findTicketsQuery }) { pageSize, startKey, ...filter }: z.output<typeof findTicketsQuery>) {
    const { tickets, continueAfter } = await this.tickets.find(filter, { after: startKey, size: pageSize });
    return { tickets: tickets.map(ticketJson), startKey: continueAfter === undefined ? null : cursorOf(continueAfter) };
  }

  @Allow('restaurant', 'operator', 'service')
  @Get(':ticketId')
  @RepresentedAs(ticketForms)
  getTicket(@Param('ticketId', { schema: ticketIdParam }) id: TicketId): Promise<TicketView> {
    return this.tickets.get(id);
  }

  @Allow('restaurant', 'operator')
  @Post(':ticketId/accept')
  @Summary('Accept a ticket')
  @MayRespondWith(409, 422)
  @RespondsWith(ticketResponse)
  async accept(
    @Param('ticketId', { schema: ticketIdParam }) id: TicketId,
    @Body({ schema: acceptTicketRequest }) { readyBy }: z.output<typeof acceptTicketRequest>,
  ) {
    await this.kitchen.accept(id, readyBy);
    return this.show(id);
  }

  @Allow('restaurant', 'operator')
  @Post(':ticketId/preparing')
  @Summary('Record that the kitchen is preparing a ticket')
  @MayRespondWith(409)
  @RespondsWith(ticketResponse)
  async notePreparing(@Param('ticketId', { schema: ticketIdParam }) id: TicketId) {
    await this.kitchen.notePreparing(id);
    return this.show(id);
  }

  @Allow('restaurant', 'operator')
  @Post(':ticketId/ready')
  @Summary('Record that a ticket is ready for pick-up')
  @MayRespondWith(409)
  @RespondsWith(ticketResponse)
  async noteReadyForPickup(@Param('ticketId', { schema: ticketIdParam }) id: TicketId) {
    await this.kitchen.noteReadyForPickup(id);
    return this.show(id);
  }

  @Allow('restaurant', 'operator')
  @Post(':ticketId/picked-up')
  @Summary('Record that a ticket has been picked up')
  @MayRespondWith(409)
  @RespondsWith(ticketResponse)
  async notePickedUp(@Param('ticketId', { schema: ticketIdParam }) id: TicketId) {
    await this.kitchen.notePickedUp(id);
    return this.show(id);
  }

  private async show(id: TicketId) {
    return ticketJson(await this.tickets.get(id));
  }
}
