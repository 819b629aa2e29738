import { AccountingServiceApi, type BatchGetAuthorizationsRequest } from '@ftgo/contracts/accounting';
import {
  type BatchGetConsumersRequest,
  ConsumerServiceApi,
  type CreateConsumerRequest,
  type GetConsumerRequest,
} from '@ftgo/contracts/consumer';
import {
  type BatchGetDeliveriesRequest,
  type DeliveryDetails,
  DeliveryServiceApi,
  type GetCourierRequest,
  type GetDeliveryRequest,
  type NoteCourierAvailabilityRequest,
  type NoteDropoffRequest,
  type NotePickupRequest,
} from '@ftgo/contracts/delivery';
import {
  type AcceptTicketRequest,
  type BatchGetTicketsRequest,
  type FindTicketsRequest,
  type GetTicketRequest,
  KitchenServiceApi,
  type NoteTicketPickedUpRequest,
  type NoteTicketPreparingRequest,
  type NoteTicketReadyRequest,
} from '@ftgo/contracts/kitchen';
import { OrderServiceApi } from '@ftgo/contracts/order';
import {
  type FindOrdersRequest,
  type GetOrderViewRequest,
  OrderHistoryServiceApi,
  type ReplayTimelineRequest,
  type ReplayTimelineResponse,
} from '@ftgo/contracts/orderhistory';
import {
  type BatchGetRestaurantsRequest,
  type CreateRestaurantRequest,
  type GetRestaurantRequest,
  type ListRestaurantsRequest,
  type RemoveMenuItemRequest,
  RestaurantServiceApi,
  type ReviseMenuRequest,
  type UpdateRestaurantRequest,
} from '@ftgo/contracts/restaurant';
import { DomainError, requireVersion } from '@ftgo/kernel';
import { createService } from '@ftgo/platform';
import { GrpcServer, Rpc } from '@ftgo/rpc';
import { Controller, type DynamicModule, type Type } from '@nestjs/common';
import {
  askedInParallel,
  authorization,
  consumer,
  courierActions,
  delivery,
  incomplete,
  orderView,
  restaurant,
  ticket,
} from './examples.js';
import { asked, at, batches, found, note, rejectBroken } from './played-answers.js';
import { OrderServiceAtTheProtocol, ordersOfMany } from './played-orders.js';
import { listed, timelines } from './played-timelines.js';

@Controller()
class KitchenServiceAtTheProtocol {
  @Rpc(KitchenServiceApi.method.getTicket)
  async getTicket({ ticketId }: GetTicketRequest) {
    if (ticketId === askedInParallel) await asked.byTheOrder();
    if (ticketId === incomplete) throw new Error('a bug with a secret');
    return { ticket: found('ticket', ticketId, [17, ticket]) };
  }

  @Rpc(KitchenServiceApi.method.batchGetTickets)
  async batchGetTickets({ ticketIds }: BatchGetTicketsRequest) {
    batches.push(['tickets', ticketIds]);
    if (ticketIds.includes(incomplete)) throw new Error('a bug with a secret');
    return { tickets: [ticket].filter(({ ticketId }) => ticketIds.includes(ticketId)) };
  }

  @Rpc(KitchenServiceApi.method.findTickets)
  async findTickets(request: FindTicketsRequest) {
    rejectBroken(request.pageToken);
    return note(request, { tickets: request.restaurantId === 3 ? [ticket] : [], nextPageToken: request.pageSize === 1 ? 'more' : '' });
  }

  @Rpc(KitchenServiceApi.method.acceptTicket)
  async acceptTicket(request: AcceptTicketRequest) {
    if (request.readyBy < new Date('2026-01-01T00:00:00Z')) throw new DomainError('READY_BY_IN_THE_PAST', 'rule-broken', 'it has passed');
    found('ticket', request.ticketId, [17, ticket]);
    return note(request, { ticket: { ...ticket, readyBy: request.readyBy } });
  }

  @Rpc(KitchenServiceApi.method.noteTicketPreparing)
  async noteTicketPreparing({ ticketId }: NoteTicketPreparingRequest) {
    return { ticket: { ...found('ticket', ticketId, [17, ticket]), state: 'PREPARING' as const, preparingAt: at('18:20') } };
  }

  @Rpc(KitchenServiceApi.method.noteTicketReady)
  async noteTicketReady({ ticketId }: NoteTicketReadyRequest) {
    return { ticket: { ...found('ticket', ticketId, [17, ticket]), state: 'READY_FOR_PICKUP' as const, readyForPickupAt: at('18:50') } };
  }

  @Rpc(KitchenServiceApi.method.noteTicketPickedUp)
  async noteTicketPickedUp({ ticketId }: NoteTicketPickedUpRequest) {
    if (ticketId === 18) throw new DomainError('ILLEGAL_TRANSITION', 'conflict', 'cannot pick up ticket 18 in state ACCEPTED');
    return { ticket: { ...found('ticket', ticketId, [17, ticket]), state: 'PICKED_UP' as const, pickedUpAt: at('19:05') } };
  }
}

@Controller()
class ConsumerServiceAtTheProtocol {
  @Rpc(ConsumerServiceApi.method.createConsumer)
  async createConsumer(request: CreateConsumerRequest) {
    return note(request, { consumerId: 7 });
  }

  @Rpc(ConsumerServiceApi.method.batchGetConsumers)
  async batchGetConsumers({ consumerIds }: BatchGetConsumersRequest) {
    batches.push(['consumers', consumerIds]);
    return { consumers: [consumer].filter(({ consumerId }) => consumerIds.includes(consumerId)) };
  }

  @Rpc(ConsumerServiceApi.method.getConsumer)
  async getConsumer({ consumerId }: GetConsumerRequest) {
    if (consumerId === askedInParallel) await asked.whoTheOrderNames();
    return { consumer: found('consumer', consumerId, [7, consumer], [askedInParallel, consumer]) };
  }
}

@Controller()
class RestaurantServiceAtTheProtocol {
  @Rpc(RestaurantServiceApi.method.createRestaurant)
  async createRestaurant(request: CreateRestaurantRequest) {
    return note(request, { restaurantId: 3 });
  }

  @Rpc(RestaurantServiceApi.method.updateRestaurant)
  async updateRestaurant({ restaurantId, expected, ...profile }: UpdateRestaurantRequest) {
    requireVersion('restaurant 3', 2, expected?.versions);
    return note({ restaurantId, ...profile }, { restaurant: { ...found('restaurant', restaurantId, [3, restaurant]), ...profile } });
  }

  @Rpc(RestaurantServiceApi.method.removeMenuItem)
  async removeMenuItem(request: RemoveMenuItemRequest) {
    requireVersion('restaurant 3', 2, request.expected?.versions);
    return note(request, { restaurant: { ...found('restaurant', request.restaurantId, [3, restaurant]), menu: { menuItems: [] } } });
  }

  @Rpc(RestaurantServiceApi.method.reviseMenu)
  async reviseMenu({ menu, expected }: ReviseMenuRequest) {
    requireVersion('restaurant 3', 2, expected?.versions);
    return { restaurant: { ...restaurant, menu, version: 3 } };
  }

  @Rpc(RestaurantServiceApi.method.getRestaurant)
  async getRestaurant({ restaurantId }: GetRestaurantRequest) {
    if (restaurantId === askedInParallel) await asked.whoTheOrderNames();
    return { restaurant: found('restaurant', restaurantId, [3, restaurant], [askedInParallel, restaurant]) };
  }

  @Rpc(RestaurantServiceApi.method.batchGetRestaurants)
  async batchGetRestaurants({ restaurantIds }: BatchGetRestaurantsRequest) {
    batches.push(['restaurants', restaurantIds]);
    return { restaurants: [restaurant].filter(({ restaurantId }) => restaurantIds.includes(restaurantId)) };
  }

  @Rpc(RestaurantServiceApi.method.listRestaurants)
  async listRestaurants(request: ListRestaurantsRequest) {
    rejectBroken(request.pageToken);
    return note(request, { restaurants: [restaurant], nextPageToken: request.pageToken === '' ? 'more' : '' });
  }
}

@Controller()
class OrderHistoryServiceAtTheProtocol {
  @Rpc(OrderHistoryServiceApi.method.findOrders)
  async findOrders(request: FindOrdersRequest) {
    rejectBroken(request.pageToken);
    if (request.consumerId === 30)
      return note(request, { orders: ordersOfMany.map(({ orderId }) => ({ ...orderView, orderId })), nextPageToken: '' });
    return note(request, { orders: request.consumerId === 7 ? [orderView] : [], nextPageToken: request.pageToken === '' ? 'more' : '' });
  }

  @Rpc(OrderHistoryServiceApi.method.getOrder)
  async getOrder({ orderId }: GetOrderViewRequest) {
    const { status, deliveryStatus } = found('order', orderId, ...[...timelines].map(([id, timeline]) => [id, timeline] as const));
    return { order: { ...orderView, orderId, status, deliveryStatus } };
  }

  @Rpc(OrderHistoryServiceApi.method.replayTimeline)
  async *replayTimeline({ orderId, after }: ReplayTimelineRequest): AsyncGenerator<ReplayTimelineResponse> {
    listed.push({ orderId, after });
    for (const entry of timelines.get(orderId)?.entries ?? []) if (entry.n > after) yield { entry };
  }
}

@Controller()
class DeliveryServiceAtTheProtocol {
  @Rpc(DeliveryServiceApi.method.getDelivery)
  async getDelivery({ deliveryId }: GetDeliveryRequest) {
    if (deliveryId === askedInParallel) await asked.byTheOrder();
    if (deliveryId === incomplete) await new Promise<never>(() => {});
    const pending: DeliveryDetails = { deliveryId: 19, state: 'PENDING', courierActions: [] };
    return { delivery: found('delivery', deliveryId, [17, delivery], [19, pending]) };
  }

  @Rpc(DeliveryServiceApi.method.batchGetDeliveries)
  async batchGetDeliveries({ deliveryIds }: BatchGetDeliveriesRequest) {
    batches.push(['deliveries', deliveryIds]);
    return { deliveries: [delivery].filter(({ deliveryId }) => deliveryIds.includes(deliveryId)) };
  }

  @Rpc(DeliveryServiceApi.method.notePickup)
  async notePickup({ deliveryId }: NotePickupRequest) {
    if (deliveryId === 19) throw new DomainError('TICKET_NOT_READY', 'conflict', 'ask again');
    const pickedUp: DeliveryDetails = {
      ...delivery,
      state: 'PICKED_UP',
      courierActions: courierActions.slice(1),
      pickedUpAt: new Date('2026-11-21T19:05:00Z'),
    };
    return { delivery: found('delivery', deliveryId, [17, pickedUp]) };
  }

  @Rpc(DeliveryServiceApi.method.noteDropoff)
  async noteDropoff({ deliveryId }: NoteDropoffRequest) {
    const delivered: DeliveryDetails = { ...delivery, state: 'DELIVERED', courierActions: [] };
    return { delivery: found('delivery', deliveryId, [17, delivered]) };
  }

  @Rpc(DeliveryServiceApi.method.getCourier)
  async getCourier({ courierId }: GetCourierRequest) {
    return { courier: found('courier', courierId, [9_000_000_001, { courierId, available: true, plan: courierActions }]) };
  }

  @Rpc(DeliveryServiceApi.method.noteCourierAvailability)
  async noteCourierAvailability(request: NoteCourierAvailabilityRequest) {
    return note(request, { courier: { ...request, plan: [] } });
  }
}

@Controller()
class AccountingServiceAtTheProtocol {
  @Rpc(AccountingServiceApi.method.batchGetAuthorizations)
  async batchGetAuthorizations({ orderIds }: BatchGetAuthorizationsRequest) {
    batches.push(['authorizations', orderIds]);
    if (orderIds.includes(askedInParallel)) await asked.byTheOrder();
    return { authorizations: [authorization].filter(({ orderId }) => orderIds.includes(orderId)) };
  }
}

const apis = {
  order: [OrderServiceApi, OrderServiceAtTheProtocol],
  kitchen: [KitchenServiceApi, KitchenServiceAtTheProtocol],
  consumer: [ConsumerServiceApi, ConsumerServiceAtTheProtocol],
  restaurant: [RestaurantServiceApi, RestaurantServiceAtTheProtocol],
  delivery: [DeliveryServiceApi, DeliveryServiceAtTheProtocol],
  accounting: [AccountingServiceApi, AccountingServiceAtTheProtocol],
  orderHistory: [OrderHistoryServiceApi, OrderHistoryServiceAtTheProtocol],
} as const;

export type PlayedName = keyof typeof apis;
export const playedNames = Object.keys(apis) as PlayedName[];

export interface PlayedService {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A service played at its protocol: a real gRPC server that returns examples. */
export async function play(name: PlayedName, port = 0): Promise<PlayedService> {
  const [api, controller] = apis[name];
  class Played {}
  const module: DynamicModule = { module: Played, controllers: [controller as Type] };
  const app = await createService(module, { name, logLevel: 'silent' });
  const server = new GrpcServer({ services: [api], port });
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  return { url: `127.0.0.1:${server.port}`, port: server.port, close: () => app.close() };
}

/** All services, played. */
export async function playAll(): Promise<Record<PlayedName, PlayedService>> {
  const played = await Promise.all(playedNames.map(async (name) => [name, await play(name)] as const));
  return Object.fromEntries(played) as Record<PlayedName, PlayedService>;
}
