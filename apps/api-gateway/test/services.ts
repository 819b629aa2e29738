import { AccountingServiceApi, type AuthorizationDetails, type BatchGetAuthorizationsRequest } from '@ftgo/contracts/accounting';
import { type ConsumerDetails, ConsumerServiceApi, type CreateConsumerRequest, type GetConsumerRequest } from '@ftgo/contracts/consumer';
import {
  type CourierActionDetails,
  type DeliveryDetails,
  DeliveryServiceApi,
  type GetCourierRequest,
  type GetDeliveryRequest,
  type NoteCourierAvailabilityRequest,
  type NoteDropoffRequest,
  type NotePickupRequest,
} from '@ftgo/contracts/delivery';
import { type FindTicketsRequest, type GetTicketRequest, KitchenServiceApi, type TicketDetails } from '@ftgo/contracts/kitchen';
import {
  type CancelOrderRequest,
  type CreateOrderRequest,
  type GetOrderRequest,
  type OrderDetails,
  OrderServiceApi,
  type ReviseOrderRequest,
} from '@ftgo/contracts/order';
import { type FindOrdersRequest, OrderHistoryServiceApi, type OrderViewDetails } from '@ftgo/contracts/orderhistory';
import {
  type CreateRestaurantRequest,
  type GetRestaurantRequest,
  type ListRestaurantsRequest,
  type RestaurantDetails,
  RestaurantServiceApi,
  type ReviseMenuRequest,
} from '@ftgo/contracts/restaurant';
import { DomainError, Money } from '@ftgo/kernel';
import { messageContext } from '@ftgo/messaging';
import { createService, idempotencyKey } from '@ftgo/platform';
import { GrpcServer, Rpc } from '@ftgo/rpc';
import { Controller, type DynamicModule, type Type } from '@nestjs/common';

const lineItems = [{ menuItemId: '1', name: 'Chicken Vindaloo', quantity: 5 }];
const address = { street1: '1 High Street', city: 'Oakland', state: 'CA', zip: '94612' };

export const order: OrderDetails = {
  orderId: 17,
  state: 'APPROVED',
  orderTotal: Money.of('61.70'),
  consumerId: 7,
  restaurantId: 3,
  lineItems: lineItems.map((line) => ({ ...line, price: Money.of('12.34') })),
  deliveryAddress: address,
  deliveryTime: new Date('2026-11-21T19:30:00Z'),
  version: 2,
};
/** Its cancel was refused once. */
export const lastRefusal: OrderDetails['lastRefusal'] = {
  operation: 'cancel',
  code: 'TICKET_NOT_CANCELLABLE',
  detail: 'ticket 17 cannot be cancelled while PREPARING',
  at: new Date('2026-11-21T18:30:00Z'),
};
export const rejected: OrderDetails = {
  ...order,
  orderId: 18,
  state: 'REJECTED',
  rejection: { code: 'CONSUMER_NOT_FOUND', detail: 'there is no consumer 7' },
};
export const ticket: TicketDetails = {
  ticketId: 17,
  restaurantId: 3,
  state: 'ACCEPTED',
  lineItems,
  createdAt: new Date('2026-11-21T18:00:00Z'),
  readyBy: new Date('2026-11-21T19:00:00.5Z'),
};
export const restaurant: RestaurantDetails = {
  restaurantId: 3,
  name: 'Ajanta',
  address,
  menu: { menuItems: [{ id: '1', name: 'Chicken Vindaloo', price: Money.of('12.34') }] },
};
export const consumer: ConsumerDetails = { consumerId: 7, name: { firstName: 'Ada', lastName: 'Lovelace' } };

export const orderView: OrderViewDetails = {
  orderId: 17,
  consumerId: 7,
  restaurantId: 3,
  restaurantName: 'Ajanta',
  status: 'APPROVED',
  orderTotal: order.orderTotal,
  lineItems: order.lineItems,
  deliveryStatus: 'SCHEDULED',
  transitions: [{ event: 'OrderCreated', at: new Date('2026-11-21T18:00:00Z') }],
};

const courierActions: CourierActionDetails[] = [
  { type: 'PICKUP', deliveryId: 17, address, time: new Date('2026-11-21T19:00:00Z') },
  { type: 'DROPOFF', deliveryId: 17, address, time: new Date('2026-11-21T19:30:00Z') },
];
export const delivery: DeliveryDetails = {
  deliveryId: 17,
  state: 'SCHEDULED',
  assignedCourierId: 9_000_000_001,
  courierActions,
  scheduledAt: new Date('2026-11-21T18:30:00Z'),
};

export const authorization: AuthorizationDetails = {
  authorizationId: 5,
  orderId: 17,
  accountId: 7,
  state: 'AUTHORIZED',
  amount: Money.of('61.70'),
};

/** What reached the services, newest last. */
export const received: {
  request: unknown;
  correlationId: string;
  traceparent: string | undefined;
  idempotencyKey: string | undefined;
}[] = [];

function note<Answer>(request: unknown, answer: Answer): Promise<Answer> {
  const { correlationId, traceparent } = messageContext.current();
  received.push({ request, correlationId, traceparent, idempotencyKey: idempotencyKey.current });
  return Promise.resolve(answer);
}

const notFound = (what: string, id: number) => new DomainError(`${what.toUpperCase()}_NOT_FOUND`, 'not-found', `there is no ${what} ${id}`);

function found<T>(what: string, id: number, ...known: ReadonlyArray<readonly [number, T]>): T {
  const hit = known.find(([each]) => each === id);
  if (!hit) throw notFound(what, id);
  return hit[1];
}

@Controller()
class OrderServiceAtTheProtocol {
  @Rpc(OrderServiceApi.method.createOrder)
  async createOrder(request: CreateOrderRequest) {
    if (request.restaurantId === 404)
      throw new DomainError('RESTAURANT_NOT_KNOWN', 'rule-broken', 'there is no restaurant 404 to order from');
    if (request.restaurantId === 500) throw new Error('a bug with a secret');
    return note(request, { orderId: 17 });
  }

  @Rpc(OrderServiceApi.method.cancelOrder)
  async cancelOrder(request: CancelOrderRequest) {
    found('order', request.orderId, [17, order], [18, rejected]);
    if (request.orderId === 18)
      throw new DomainError('ILLEGAL_TRANSITION', 'conflict', 'order: beginCancel is not possible while REJECTED');
    return note(request, { order: { ...order, state: 'CANCEL_PENDING' as const, version: 3 } });
  }

  @Rpc(OrderServiceApi.method.reviseOrder)
  async reviseOrder(request: ReviseOrderRequest) {
    return note(request, { order: { ...order, state: 'REVISION_PENDING' as const, lastRefusal } });
  }

  @Rpc(OrderServiceApi.method.getOrder)
  async getOrder({ orderId }: GetOrderRequest) {
    return { order: found('order', orderId, [17, order], [18, rejected]) };
  }
}

@Controller()
class KitchenServiceAtTheProtocol {
  @Rpc(KitchenServiceApi.method.getTicket)
  async getTicket({ ticketId }: GetTicketRequest) {
    return { ticket: found('ticket', ticketId, [17, ticket]) };
  }

  @Rpc(KitchenServiceApi.method.findTickets)
  async findTickets(request: FindTicketsRequest) {
    return note(request, { tickets: [ticket] });
  }
}

@Controller()
class ConsumerServiceAtTheProtocol {
  @Rpc(ConsumerServiceApi.method.createConsumer)
  async createConsumer(request: CreateConsumerRequest) {
    return note(request, { consumerId: 7 });
  }

  @Rpc(ConsumerServiceApi.method.getConsumer)
  async getConsumer({ consumerId }: GetConsumerRequest) {
    return { consumer: found('consumer', consumerId, [7, consumer]) };
  }
}

@Controller()
class RestaurantServiceAtTheProtocol {
  @Rpc(RestaurantServiceApi.method.createRestaurant)
  async createRestaurant(request: CreateRestaurantRequest) {
    return note(request, { restaurantId: 3 });
  }

  @Rpc(RestaurantServiceApi.method.reviseMenu)
  async reviseMenu({ menu }: ReviseMenuRequest) {
    return { restaurant: { ...restaurant, menu } };
  }

  @Rpc(RestaurantServiceApi.method.getRestaurant)
  async getRestaurant({ restaurantId }: GetRestaurantRequest) {
    return { restaurant: found('restaurant', restaurantId, [3, restaurant]) };
  }

  @Rpc(RestaurantServiceApi.method.listRestaurants)
  async listRestaurants(request: ListRestaurantsRequest) {
    return note(request, { restaurants: [restaurant], nextPageToken: request.pageToken === '' ? 'more' : '' });
  }
}

@Controller()
class OrderHistoryServiceAtTheProtocol {
  @Rpc(OrderHistoryServiceApi.method.findOrders)
  async findOrders(request: FindOrdersRequest) {
    return note(request, { orders: request.consumerId === 7 ? [orderView] : [], nextPageToken: request.pageToken === '' ? 'more' : '' });
  }
}

@Controller()
class DeliveryServiceAtTheProtocol {
  @Rpc(DeliveryServiceApi.method.getDelivery)
  async getDelivery({ deliveryId }: GetDeliveryRequest) {
    const pending: DeliveryDetails = { deliveryId: 19, state: 'PENDING', courierActions: [] };
    return { delivery: found('delivery', deliveryId, [17, delivery], [19, pending]) };
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

export interface PlayedService {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A service played at its protocol: a real gRPC server that answers with examples. */
export async function play(name: keyof typeof apis, port = 0): Promise<PlayedService> {
  const [api, controller] = apis[name];
  class Played {}
  const module: DynamicModule = { module: Played, controllers: [controller as Type] };
  const app = await createService(module, { name, logLevel: 'silent' });
  const server = new GrpcServer({ services: [api], port });
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  return { url: `127.0.0.1:${server.port}`, port: server.port, close: () => app.close() };
}
