import type { OrderId } from '@ftgo/ftgo';
import { Allow, Summary } from '@ftgo/platform';
import { orderIdParam } from '@ftgo/rest/order';
import { Controller, Get, Headers, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { EventStream } from './event-stream.js';
import { OpenStreams } from './open-streams.js';
import { OrderTracking, type TrackedEvent } from './order-tracking.js';
import { entryJson, eventStream, eventsQuery, isLast, lastEventIdIn } from './tracking.http.dto.js';

/** What happens to an order, as server-sent events: `new EventSource('/orders/17/events')`. */
@Controller('orders')
export class OrderEventsHttpController {
  constructor(
    private readonly tracking: OrderTracking,
    private readonly streams: OpenStreams,
  ) {}

  @Allow('consumer', 'restaurant', 'operator', 'service')
  @Get(':orderId/events')
  @Summary('Follow an order')
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    schema: { type: 'string', pattern: '^[0-9]{1,16}$' },
    description: 'The id of the last event received; browsers send it when they reconnect',
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ standardSchema: eventStream })
  @ApiNoContentResponse({ description: 'The order has ended, and the client has seen everything: do not reconnect' })
  async followOrder(
    @Param('orderId', { schema: orderIdParam }) orderId: OrderId,
    @Query({ schema: eventsQuery }) query: z.output<typeof eventsQuery>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const after = lastEventIdIn(lastEventId) ?? query.after;
    this.streams.demandRoom();
    const hadEnded = await this.tracking.hasEnded(orderId);
    const replayed: TrackedEvent[] = [];
    let stream: EventStream | undefined;
    const followed = await this.tracking.follow(orderId, after, (entry) => {
      if (stream) send(stream, entry);
      else replayed.push(entry);
    });
    if (hadEnded && replayed.length === 0) {
      followed.close();
      return void reply.code(204).send();
    }
    stream = new EventStream(reply, this.streams, () => followed.close());
    for (const entry of replayed) stream.send(entry.n, entryJson(entry));
    if (hadEnded || replayed.some(isLast)) stream.end();
  }
}

/** The stream ends with the order: a client that reconnects gets what came later, and then 204. */
function send(stream: EventStream, entry: TrackedEvent): void {
  stream.send(entry.n, entryJson(entry));
  if (isLast(entry)) stream.end();
}
