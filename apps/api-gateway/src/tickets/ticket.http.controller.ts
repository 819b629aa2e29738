import type { TicketDetails } from '@ftgo/contracts/kitchen';
import { Allow, MayRespondWith, RepresentedAs, RespondsWith, Summary } from '@ftgo/platform';
import { acceptTicketRequest } from '@ftgo/rest/kitchen';
import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import type { z } from 'zod';
import { startingAt } from '../start-key.js';
import { KitchenServiceProxy } from './kitchen-service.proxy.js';
import {
  findTicketsQuery,
  type TicketResponse,
  ticketForms,
  ticketIdParam,
  ticketJson,
  ticketResponse,
  ticketsResponse,
} from './ticket.http.dto.js';

@Controller('tickets')
export class TicketHttpController {
  constructor(private readonly kitchen: KitchenServiceProxy) {}

  @Allow('restaurant', 'operator', 'service')
  @Get()
  @RespondsWith(ticketsResponse)
  async findTickets(@Query({ schema: findTicketsQuery }) { startKey, ...query }: z.output<typeof findTicketsQuery>) {
    const { tickets, nextPageToken } = await startingAt(this.kitchen.findTickets({ ...query, pageToken: startKey }));
    return { tickets: tickets.map(ticketJson), startKey: nextPageToken || null };
  }

  @Allow('restaurant', 'operator', 'service')
  @Get(':ticketId')
  @RepresentedAs(ticketForms)
  async getTicket(@Param('ticketId', { schema: ticketIdParam }) ticketId: number): Promise<TicketDetails> {
    return (await this.kitchen.getTicket({ ticketId })).ticket;
  }

  @Allow('restaurant', 'operator')
  @Post(':ticketId/accept')
  @Summary('Accept a ticket')
  @MayRespondWith(409, 422)
  @RespondsWith(ticketResponse)
  async accept(
    @Param('ticketId', { schema: ticketIdParam }) ticketId: number,
    @Body({ schema: acceptTicketRequest }) { readyBy }: z.output<typeof acceptTicketRequest>,
  ): Promise<TicketResponse> {
    return ticketJson((await this.kitchen.acceptTicket({ ticketId, readyBy })).ticket);
  }

  @Allow('restaurant', 'operator')
  @Post(':ticketId/preparing')
  @Summary('Record that the kitchen is preparing a ticket')
  @MayRespondWith(409)
  @RespondsWith(ticketResponse)
  async notePreparing(@Param('ticketId', { schema: ticketIdParam }) ticketId: number): Promise<TicketResponse> {
    return ticketJson((await this.kitchen.noteTicketPreparing({ ticketId })).ticket);
  }

  @Allow('restaurant', 'operator')
  @Post(':ticketId/ready')
  @Summary('Record that a ticket is ready for pick-up')
  @MayRespondWith(409)
  @RespondsWith(ticketResponse)
  async noteReady(@Param('ticketId', { schema: ticketIdParam }) ticketId: number): Promise<TicketResponse> {
    return ticketJson((await this.kitchen.noteTicketReady({ ticketId })).ticket);
  }

  @Allow('restaurant', 'operator')
  @Post(':ticketId/picked-up')
  @Summary('Record that a ticket has been picked up')
  @MayRespondWith(409)
  @RespondsWith(ticketResponse)
  async notePickedUp(@Param('ticketId', { schema: ticketIdParam }) ticketId: number): Promise<TicketResponse> {
    return ticketJson((await this.kitchen.noteTicketPickedUp({ ticketId })).ticket);
  }
}
