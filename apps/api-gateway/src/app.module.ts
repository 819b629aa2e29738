import { HttpSystem } from '@ftgo/invariants';
import type { Broker } from '@ftgo/messaging/broker';
import { serviceBroker } from '@ftgo/platform';
import { DependenciesModule } from '@ftgo/rpc';
import { type DynamicModule, Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Config } from './config.js';
import { ConsumerHttpController } from './consumers/consumer.http.controller.js';
import { CourierHttpController } from './deliveries/courier.http.controller.js';
import { DeliveryHttpController } from './deliveries/delivery.http.controller.js';
import { DropOffAddresses } from './deliveries/drop-off-addresses.js';
import { DocsGateway } from './docs/docs.gateway.js';
import { graphqlProviders } from './graphql/graphql.providers.js';
import { OrderHistoryHttpController } from './history/order-history.http.controller.js';
import { InvariantsHttpController } from './operations/invariants.http.controller.js';
import { InvariantsQuery } from './operations/invariants.query.js';
import { OperationsHttpController } from './operations/operations.http.controller.js';
import { callersToken, ServicesOperations } from './operations/services-operations.js';
import { OrderHttpController } from './orders/order.http.controller.js';
import { OrderDetailsQuery } from './orders/order-details.query.js';
import { OrderServiceProxy } from './orders/order-service.proxy.js';
import { ServicesOfOrders } from './orders/services-of-orders.js';
import { SettledOrders } from './orders/settled-orders.js';
import { proxies } from './proxies.js';
import { RestaurantHttpController } from './restaurants/restaurant.http.controller.js';
import { ServiceIdentity } from './service-identity.js';
import { TicketHttpController } from './tickets/ticket.http.controller.js';
import { OrderEventsHttpController } from './tracking/order-events.http.controller.js';
import { type TrackingTimes, trackingProviders } from './tracking/tracking.providers.js';

export const service = 'api-gateway';

@Module({})
export class AppModule {
  static forRoot(config: Config & TrackingTimes, broker: Broker | Promise<Broker> = serviceBroker(config, service)): DynamicModule {
    const { callDeadlineMs, optionalPartDeadlineMs } = config;
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
        {
          provide: InvariantsQuery,
          useFactory: () => new InvariantsQuery(new HttpSystem({ urls: config.serviceUrls, headers: callersToken })),
        },
        { provide: ServiceIdentity, useValue: new ServiceIdentity(config) },
        ...proxies(config),
        SettledOrders,
        {
          provide: DropOffAddresses,
          inject: [OrderServiceProxy, ServiceIdentity],
          useFactory: (orders: OrderServiceProxy, identity: ServiceIdentity) =>
            new DropOffAddresses(orders, identity, optionalPartDeadlineMs),
        },
        ...trackingProviders(config, broker),
        ...graphqlProviders(config),
        ...(config.apiDocs === 'off' ? [] : [docs(config)]),
        { provide: ServicesOperations, useFactory: () => new ServicesOperations(config.serviceUrls, callDeadlineMs) },
        ServicesOfOrders,
        {
          provide: OrderDetailsQuery,
          inject: [ServicesOfOrders, ServiceIdentity],
          useFactory: (services: ServicesOfOrders, identity: ServiceIdentity) =>
            new OrderDetailsQuery(services, identity, optionalPartDeadlineMs),
        },
      ],
    };
  }
}

const docs = ({ graphqlExplorer }: Config) => ({
  provide: DocsGateway,
  inject: [HttpAdapterHost],
  useFactory: (adapter: HttpAdapterHost) => new DocsGateway(adapter, graphqlExplorer),
});
