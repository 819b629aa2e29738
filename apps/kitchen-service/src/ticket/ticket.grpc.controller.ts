import {
  type AcceptTicketRequest,
  type AcceptTicketResponse,
  type BatchGetTicketsRequest,
  type BatchGetTicketsResponse,
  type FindTicketsRequest,
  type FindTicketsResponse,
  type GetTicketRequest,
  type GetTicketResponse,
  KitchenServiceApi,
  type NoteTicketPickedUpRequest,
  type NoteTicketPickedUpResponse,
  type NoteTicketPreparingRequest,
  type NoteTicketPreparingResponse,
  type NoteTicketReadyRequest,
  type NoteTicketReadyResponse,
} from '@ftgo/contracts/kitchen';
import { restaurantId, ticketId } from '@ftgo/ftgo';
import { Allow, pageFields, valid } from '@ftgo/platform';
import { Rpc } from '@ftgo/rpc';
import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { KitchenService } from './kitchen.service.js';
import { cursorOf, pageCursor } from './page-cursor.js';
import { TicketQueries } from './ticket.queries.js';
import { ticketStates } from './ticket-state.js';

const findRequest = z.object({
  restaurantId: z.int().transform(restaurantId).optional(),
  state: z.enum(ticketStates).optional(),
  ...pageFields(pageCursor()),
});

@Controller()
export class TicketGrpcController {
  constructor(
    private readonly kitchen: KitchenService,
    private readonly tickets: TicketQueries,
  ) {}

  @Allow('restaurant', 'operator', 'service')
  @Rpc(KitchenServiceApi.method.getTicket)
  async getTicket(request: GetTicketRequest): Promise<GetTicketResponse> {
    return { ticket: await this.tickets.get(ticketId(request.ticketId)) };
  }

  @Allow('restaurant', 'operator', 'service')
  @Rpc(KitchenServiceApi.method.findTickets)
  async findTickets(request: FindTicketsRequest): Promise<FindTicketsResponse> {
    const { pageSize, pageToken, ...filter } = await valid(findRequest, request);
    const { tickets, continueAfter } = await this.tickets.find(filter, { after: pageToken, size: pageSize });
    return { tickets: [...tickets], nextPageToken: continueAfter === undefined ? '' : cursorOf(continueAfter) };
  }

  @Allow('restaurant', 'operator', 'service')
  @Rpc(KitchenServiceApi.method.batchGetTickets)
  async batchGetTickets({ ticketIds }: BatchGetTicketsRequest): Promise<BatchGetTicketsResponse> {
    return { tickets: await this.tickets.findOwn(ticketIds.map(ticketId)) };
  }

  @Allow('restaurant', 'operator')
  @Rpc(KitchenServiceApi.method.acceptTicket)
  async acceptTicket(request: AcceptTicketRequest): Promise<AcceptTicketResponse> {
    await this.kitchen.accept(ticketId(request.ticketId), request.readyBy);
    return this.getTicket(request);
  }

  @Allow('restaurant', 'operator')
  @Rpc(KitchenServiceApi.method.noteTicketPreparing)
  async noteTicketPreparing(request: NoteTicketPreparingRequest): Promise<NoteTicketPreparingResponse> {
    await this.kitchen.notePreparing(ticketId(request.ticketId));
    return this.getTicket(request);
  }

  @Allow('restaurant', 'operator')
  @Rpc(KitchenServiceApi.method.noteTicketReady)
  async noteTicketReady(request: NoteTicketReadyRequest): Promise<NoteTicketReadyResponse> {
    await this.kitchen.noteReadyForPickup(ticketId(request.ticketId));
    return this.getTicket(request);
  }

  @Allow('restaurant', 'operator')
  @Rpc(KitchenServiceApi.method.noteTicketPickedUp)
  async noteTicketPickedUp(request: NoteTicketPickedUpRequest): Promise<NoteTicketPickedUpResponse> {
    await this.kitchen.notePickedUp(ticketId(request.ticketId));
    return this.getTicket(request);
  }
}
