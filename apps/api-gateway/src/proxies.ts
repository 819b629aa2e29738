import type { FactoryProvider } from '@nestjs/common';
import { AccountingServiceProxy } from './accounts/accounting-service.proxy.js';
import type { Config } from './config.js';
import { ConsumerServiceProxy } from './consumers/consumer-service.proxy.js';
import { DeliveryServiceProxy } from './deliveries/delivery-service.proxy.js';
import { policiesOf } from './dependencies.js';
import { OrderHistoryServiceProxy } from './history/order-history-service.proxy.js';
import { OrderServiceProxy } from './orders/order-service.proxy.js';
import { RestaurantServiceProxy } from './restaurants/restaurant-service.proxy.js';
import { KitchenServiceProxy } from './tickets/kitchen-service.proxy.js';

/** The proxy of each service, with its address and its call policy. */
export function proxies(config: Config): FactoryProvider[] {
  const policies = policiesOf(config);
  const provide = (proxy: new (options: { url: string }) => unknown, url: string, name: keyof typeof policies): FactoryProvider => ({
    provide: proxy,
    useFactory: () => new proxy({ url, ...policies[name] }),
  });
  return [
    provide(OrderServiceProxy, config.orderGrpcUrl, 'order-service'),
    provide(ConsumerServiceProxy, config.consumerGrpcUrl, 'consumer-service'),
    provide(RestaurantServiceProxy, config.restaurantGrpcUrl, 'restaurant-service'),
    provide(KitchenServiceProxy, config.kitchenGrpcUrl, 'kitchen-service'),
    provide(OrderHistoryServiceProxy, config.orderHistoryGrpcUrl, 'order-history-service'),
    provide(DeliveryServiceProxy, config.deliveryGrpcUrl, 'delivery-service'),
    provide(AccountingServiceProxy, config.accountingGrpcUrl, 'accounting-service'),
  ];
}
