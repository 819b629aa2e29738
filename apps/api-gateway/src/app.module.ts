import { HttpSystem } from '@ftgo/invariants';
import type { Broker } from '@ftgo/messaging/broker';
import { ReadinessCheck, serviceBroker } from '@ftgo/platform';
import { DependenciesModule } from '@ftgo/rpc';
import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { AccountingServiceProxy } from './accounts/accounting-service.proxy.js';
import type { Config } from './config.js';
import { ConsumerHttpController } from './consumers/consumer.http.controller.js';
import { ConsumerServiceProxy } from './consumers/consumer-service.proxy.js';
import { CourierHttpController } from './deliveries/courier.http.controller.js';
import { DeliveryHttpController } from './deliveries/delivery.http.controller.js';
import { DeliveryServiceProxy } from './deliveries/delivery-service.proxy.js';
import { OrderHistoryHttpController } from './history/order-history.http.controller.js';
import { InvariantsHttpController } from './operations/invariants.http.controller.js';
import { InvariantsQuery } from './operations/invariants.query.js';
import { OperationsHttpController } from './operations/operations.http.controller.js';
import { ServicesOperations } from './operations/services-operations.js';
import { OrderHttpController } from './orders/order.http.controller.js';
import { OrderDetailsQuery } from './orders/order-details.query.js';
import { OrderServiceProxy } from './orders/order-service.proxy.js';
import { SettledOrders } from './orders/settled-orders.js';
import { proxies } from './proxies.js';
import { RestaurantHttpController } from './restaurants/restaurant.http.controller.js';
import { RestaurantServiceProxy } from './restaurants/restaurant-service.proxy.js';
import { KitchenServiceProxy } from './tickets/kitchen-service.proxy.js';
import { TicketHttpController } from './tickets/ticket.http.controller.js';
import { LiveOrders } from './tracking/live-orders.js';
import { OpenStreams } from './tracking/open-streams.js';
import { OrderEventsHttpController } from './tracking/order-events.http.controller.js';
import { OrderTracking } from './tracking/order-tracking.js';
import { TrackingGateway } from './tracking/tracking.gateway.js';

export const service = 'api-gateway';

@Module({})
export class AppModule {
  static forRoot(config: Config, broker: Broker | Promise<Broker> = serviceBroker(config, service)): DynamicModule {
    const { callDeadlineMs, optionalPartDeadlineMs, corsOrigins = [] } = config;
    return {
      module: AppModule,
      imports: [DependenciesModule],
      controllers: [
        OrderHttpController,
        OrderHistoryHttpController,
        OrderEventsHttpController,
        ConsumerHttpController,
        RestaurantHttpController,
        TicketHttpController,
        DeliveryHttpController,
        CourierHttpController,
        InvariantsHttpController,
        OperationsHttpController,
      ],
      providers: [
        { provide: InvariantsQuery, useFactory: () => new InvariantsQuery(new HttpSystem({ urls: config.serviceUrls })) },
        ...proxies(config),
        SettledOrders,
        { provide: LiveOrders, useFactory: async () => new LiveOrders(await broker) },
        OrderTracking,
        {
          provide: OpenStreams,
          inject: [ReadinessCheck],
          useFactory: (readiness: ReadinessCheck) => new OpenStreams(config.trackingMaxConnections, readiness),
        },
        {
          provide: TrackingGateway,
          inject: [HttpAdapterHost, OrderTracking, OpenStreams],
          useFactory: (adapter: HttpAdapterHost, tracking: OrderTracking, streams: OpenStreams) =>
            new TrackingGateway(adapter, tracking, streams, corsOrigins),
        },
        { provide: ServicesOperations, useFactory: () => new ServicesOperations(config.serviceUrls, callDeadlineMs) },
        {
          provide: OrderDetailsQuery,
          inject: [
            OrderServiceProxy,
            KitchenServiceProxy,
            RestaurantServiceProxy,
            DeliveryServiceProxy,
            AccountingServiceProxy,
            ConsumerServiceProxy,
          ],
          useFactory: (
            orders: OrderServiceProxy,
            kitchen: KitchenServiceProxy,
            restaurants: RestaurantServiceProxy,
            deliveries: DeliveryServiceProxy,
            accounting: AccountingServiceProxy,
            consumers: ConsumerServiceProxy,
          ) => new OrderDetailsQuery({ orders, kitchen, restaurants, deliveries, accounting, consumers }, optionalPartDeadlineMs),
        },
      ],
    };
  }
}
