import { Module } from '@nestjs/common';
import { RestaurantModule } from '../restaurant/restaurant.module.js';
import { DeliveryEventHandlers } from './delivery.event-handlers.js';
import { KitchenService } from './kitchen.service.js';
import { TicketCommandHandlers } from './ticket.command-handlers.js';
import { TicketFacts } from './ticket.facts.js';
import { TicketGrpcController } from './ticket.grpc.controller.js';
import { TicketHttpController } from './ticket.http.controller.js';
import { TicketQueries } from './ticket.queries.js';
import { TicketRepository } from './ticket.repository.js';

@Module({
  imports: [RestaurantModule],
  controllers: [TicketHttpController, TicketGrpcController],
  providers: [TicketRepository, TicketQueries, KitchenService, TicketCommandHandlers, DeliveryEventHandlers, TicketFacts],
})
export class TicketModule {}
