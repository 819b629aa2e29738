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
import { orderId, restaurantId } from '@ftgo/ftgo';
import { batchOf, maxBatch, maxPageSize, valid } from '@ftgo/platform';
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
  pageSize: z
    .int()
    .min(0)
    .transform((size) => Math.min(size || maxPageSize, maxPageSize)),
  pageToken: z
    .string()
    .transform((token) => token || undefined)
    .pipe(pageCursor().optional()),
});

@Controller()
export class TicketGrpcController {
  constructor(
    private readonly kitchen: KitchenService,
    private readonly tickets: TicketQueries,
  ) {}

  @Rpc(KitchenServiceApi.method.getTicket)
  async getTicket({ ticketId }: GetTicketRequest): Promise<GetTicketResponse> {
    return { ticket: await this.tickets.get(orderId(ticketId)) };
  }

  @Rpc(KitchenServiceApi.method.findTickets)
  async findTickets(request: FindTicketsRequest): Promise<FindTicketsResponse> {
    const { pageSize, pageToken, ...filter } = await valid(findRequest, request);
    const { tickets, continueAfter } = await this.tickets.find(filter, { after: pageToken, size: pageSize });
    return { tickets: [...tickets], nextPageToken: continueAfter === undefined ? '' : cursorOf(continueAfter) };
  }

  @Rpc(KitchenServiceApi.method.batchGetTickets)
  async batchGetTickets({ ticketIds }: BatchGetTicketsRequest): Promise<BatchGetTicketsResponse> {
    return { tickets: batchOf(await this.tickets.findAll(ticketIds.map(orderId), maxBatch + 1)) };
  }

  @Rpc(KitchenServiceApi.method.acceptTicket)
  async acceptTicket({ ticketId, readyBy }: AcceptTicketRequest): Promise<AcceptTicketResponse> {
    await this.kitchen.accept(orderId(ticketId), readyBy);
    return this.getTicket({ ticketId });
  }

  @Rpc(KitchenServiceApi.method.noteTicketPreparing)
  async noteTicketPreparing({ ticketId }: NoteTicketPreparingRequest): Promise<NoteTicketPreparingResponse> {
    await this.kitchen.notePreparing(orderId(ticketId));
    return this.getTicket({ ticketId });
  }

  @Rpc(KitchenServiceApi.method.noteTicketReady)
  async noteTicketReady({ ticketId }: NoteTicketReadyRequest): Promise<NoteTicketReadyResponse> {
    await this.kitchen.noteReadyForPickup(orderId(ticketId));
    return this.getTicket({ ticketId });
  }

  @Rpc(KitchenServiceApi.method.noteTicketPickedUp)
  async noteTicketPickedUp({ ticketId }: NoteTicketPickedUpRequest): Promise<NoteTicketPickedUpResponse> {
    await this.kitchen.notePickedUp(orderId(ticketId));
    return this.getTicket({ ticketId });
  }
}
