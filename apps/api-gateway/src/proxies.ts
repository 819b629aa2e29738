import { tlsSettings } from '@ftgo/platform';
import { type Discovery, type GrpcClientOptions, openDiscovery } from '@ftgo/rpc';
import type { FactoryProvider } from '@nestjs/common';
import { AccountingServiceProxy } from './accounts/accounting-service.proxy.js';
import type { Config } from './config.js';
import { ConsumerServiceProxy } from './consumers/consumer-service.proxy.js';
import { DeliveryServiceProxy } from './deliveries/delivery-service.proxy.js';
import { type DependencyName, policiesOf } from './dependencies.js';
import { OrderHistoryServiceProxy } from './history/order-history-service.proxy.js';
import { OrderServiceProxy } from './orders/order-service.proxy.js';
import { RestaurantServiceProxy } from './restaurants/restaurant-service.proxy.js';
import { KitchenServiceProxy } from './tickets/kitchen-service.proxy.js';

/** Closes with the application. */
class GatewayDiscovery {
  constructor(readonly instances: Discovery | undefined) {}

  async onApplicationShutdown(): Promise<void> {
    await this.instances?.close();
  }
}

/** The proxy of each service, with its instances and its call policy. */
export function proxies(config: Config): FactoryProvider[] {
  const addresses = addressesOf(config);
  const policies = policiesOf(config);
  const tls = tlsSettings(config);
  const provide = (proxy: new (options: GrpcClientOptions) => unknown, name: DependencyName): FactoryProvider => ({
    provide: proxy,
    inject: [GatewayDiscovery],
    useFactory: ({ instances: discovery }: GatewayDiscovery) => {
      const options = { balancing: config.balancing, tls, ...policies[name] };
      return new proxy(discovery ? { discovery, ...options } : { url: addresses[name] ?? '', ...options });
    },
  });
  return [
    { provide: GatewayDiscovery, useFactory: async () => new GatewayDiscovery(await discoveryOf(config, addresses)) },
    provide(OrderServiceProxy, 'order-service'),
    provide(ConsumerServiceProxy, 'consumer-service'),
    provide(RestaurantServiceProxy, 'restaurant-service'),
    provide(KitchenServiceProxy, 'kitchen-service'),
    provide(OrderHistoryServiceProxy, 'order-history-service'),
    provide(DeliveryServiceProxy, 'delivery-service'),
    provide(AccountingServiceProxy, 'accounting-service'),
  ];
}

const addressesOf = (config: Config): Record<DependencyName, string | undefined> => ({
  'order-service': config.orderGrpcUrl,
  'consumer-service': config.consumerGrpcUrl,
  'restaurant-service': config.restaurantGrpcUrl,
  'kitchen-service': config.kitchenGrpcUrl,
  'delivery-service': config.deliveryGrpcUrl,
  'order-history-service': config.orderHistoryGrpcUrl,
  'accounting-service': config.accountingGrpcUrl,
});

/** gRPC itself resolves a single configured address of each service. */
async function discoveryOf(config: Config, addresses: Record<string, string | undefined>): Promise<Discovery | undefined> {
  const isSingle = Object.values(addresses).every((each) => !each?.includes(','));
  if ((config.discovery ?? 'static') === 'static' && isSingle) return undefined;
  const known = Object.entries(addresses).flatMap(([name, address]) => (address === undefined ? [] : [[name, address] as const]));
  return openDiscovery(config, Object.fromEntries(known));
}
