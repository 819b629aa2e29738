import { createService } from '@ftgo/platform';
import type { CallPolicies } from '@ftgo/rpc';
import { AppModule } from '../src/app.module.js';
import { type PlayedName, type PlayedService, playAll } from './services.js';

type Answer = Awaited<ReturnType<Awaited<ReturnType<typeof createService>>['inject']>>;

/** api-gateway in this process; the test plays the services behind it at their protocol. */
export interface ApiGatewayUnderTest {
  /** The services that are up: one can be closed, and started again on its port. */
  readonly services: Record<PlayedName, PlayedService>;
  get(url: string, headers?: Record<string, string>): Promise<Answer>;
  post(url: string, payload?: object | string, headers?: Record<string, string>): Promise<Answer>;
  put(url: string, payload: object, headers?: Record<string, string>): Promise<Answer>;
  delete(url: string, headers?: Record<string, string>): Promise<Answer>;
  /** Sends neither a body nor a content type. */
  postNothing(url: string): Promise<Answer>;
  /** Stops the gateway, but not the services behind it. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function startApiGateway({
  callDeadlineMs = 5_000,
  callPolicies,
  serviceUrls,
  services: running,
}: {
  callDeadlineMs?: number;
  callPolicies?: CallPolicies;
  serviceUrls?: Record<string, string>;
  /** Those of another gateway; default: new ones. */
  services?: Record<PlayedName, PlayedService>;
} = {}): Promise<ApiGatewayUnderTest> {
  const services = running ?? (await playAll());
  const module = AppModule.forRoot({
    httpPort: 0,
    httpHost: '127.0.0.1',
    logLevel: 'silent',
    orderGrpcUrl: services.order.url,
    consumerGrpcUrl: services.consumer.url,
    restaurantGrpcUrl: services.restaurant.url,
    kitchenGrpcUrl: services.kitchen.url,
    deliveryGrpcUrl: services.delivery.url,
    accountingGrpcUrl: services.accounting.url,
    orderHistoryGrpcUrl: services.orderHistory.url,
    serviceUrls: serviceUrls ?? {},
    callDeadlineMs,
    callPolicies,
    optionalPartDeadlineMs: 2_000,
  });
  const app = await createService(module, { name: 'api-gateway', logLevel: 'silent' });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();

  const json = { 'content-type': 'application/json; charset=UTF-8' };
  return {
    services,
    get: (url, headers) => app.inject({ method: 'GET', url, headers }),
    post: (url, payload, headers) => app.inject({ method: 'POST', url, payload, headers: { ...json, ...headers } }),
    put: (url, payload, headers) => app.inject({ method: 'PUT', url, payload, headers: { ...json, ...headers } }),
    delete: (url, headers) => app.inject({ method: 'DELETE', url, headers }),
    postNothing: (url) => app.inject({ method: 'POST', url }),
    stop: () => app.close(),
    close: async () => {
      await app.close();
      await Promise.all(Object.values(services).map((service) => service.close()));
    },
  };
}
