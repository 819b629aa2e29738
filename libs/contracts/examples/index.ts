import { eventsForAccountingService } from './accounting-service/events.js';
import { callsToDeliver } from './api-gateway/delivering.js';
import { callsToOrder } from './api-gateway/ordering.js';
import { bookClientToGateway } from './book-client/to-gateway.js';
import { bookClientToServices } from './book-client/to-services.js';
import { eventsForDeliveryService } from './delivery-service/events.js';
import type { CommandExample, EventExample, GrpcExample, RestExample } from './example.js';
import { eventsForKitchenService } from './kitchen-service/events.js';
import { eventsForOrderHistoryService } from './order-history-service/events.js';
import { commandsOfOrderService } from './order-service/commands.js';
import { eventsForOrderService } from './order-service/events.js';
import { requestsOfWebClient } from './web-client/requests.js';

export const restExamples: readonly RestExample[] = [...bookClientToServices, ...bookClientToGateway, ...requestsOfWebClient];
export const grpcExamples: readonly GrpcExample[] = [...callsToOrder, ...callsToDeliver];
export const eventExamples: readonly EventExample[] = [
  ...eventsForAccountingService,
  ...eventsForDeliveryService,
  ...eventsForKitchenService,
  ...eventsForOrderHistoryService,
  ...eventsForOrderService,
];
export const commandExamples: readonly CommandExample[] = commandsOfOrderService;

export type { CommandExample, EventExample, GrpcExample, Ids, Provider, RestExample } from './example.js';
export { type Json, sampleOf } from './json.js';
export { ownerOf } from './states.js';
