import { Module } from '@nestjs/common';
import { ConsumerEventHandlers } from '../consumer/consumer.event-handlers.js';
import { AuthorizationEventHandlers } from './authorization.event-handlers.js';
import { DeliveryEventHandlers } from './delivery.event-handlers.js';
import { OrderEventHandlers } from './order.event-handlers.js';
import { OrderHistoryGrpcController } from './order-history.grpc.controller.js';
import { OrderHistoryHttpController } from './order-history.http.controller.js';
import { OrderHistory } from './order-history.js';
import { OrderHistoryQueries } from './order-history.queries.js';
import { OrderViewFacts } from './order-view.facts.js';
import { OrderViewRepository } from './order-view.repository.js';
import { TicketEventHandlers } from './ticket.event-handlers.js';
import { TimelinePublisher } from './timeline.publisher.js';
import { TimelineQueries } from './timeline.queries.js';

@Module({
  controllers: [OrderHistoryHttpController, OrderHistoryGrpcController],
  providers: [
    OrderViewRepository,
    OrderHistory,
    OrderHistoryQueries,
    TimelineQueries,
    TimelinePublisher,
    OrderEventHandlers,
    TicketEventHandlers,
    DeliveryEventHandlers,
    AuthorizationEventHandlers,
    ConsumerEventHandlers,
    OrderViewFacts,
  ],
  exports: [OrderHistory, TimelinePublisher],
})
export class OrderHistoryModule {}
