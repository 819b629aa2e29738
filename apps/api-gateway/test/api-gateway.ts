import { createService } from '@ftgo/platform';
import { AppModule } from '../src/app.module.js';
import { type PlayedName, type PlayedService, play, playedNames } from './services.js';

type Answer = Awaited<ReturnType<Awaited<ReturnType<typeof createService>>['inject']>>;

/** api-gateway in this process; the test plays the services behind it at their protocol. */
export interface ApiGatewayUnderTest {
  /** The services that are up: one can be closed, and started again on its port. */
  readonly services: Record<PlayedName, PlayedService>;
  get(url: string): Promise<Answer>;
  post(url: string, payload?: object | string, headers?: Record<string, string>): Promise<Answer>;
  put(url: string, payload: object): Promise<Answer>;
  delete(url: string): Promise<Answer>;
  /** Sends neither a body nor a content type. */
  postNothing(url: string): Promise<Answer>;
  close(): Promise<void>;
}

export async function startApiGateway({
  callDeadlineMs = 5_000,
  serviceUrls,
}: {
  callDeadlineMs?: number;
  serviceUrls?: Record<string, string>;
} = {}): Promise<ApiGatewayUnderTest> {
  const played = await Promise.all(playedNames.map(async (name) => [name, await play(name)] as const));
  const services = Object.fromEntries(played) as Record<PlayedName, PlayedService>;
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
    optionalPartDeadlineMs: 2_000,
  });
  const app = await createService(module, { name: 'api-gateway', logLevel: 'silent' });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();

  const json = { 'content-type': 'application/json; charset=UTF-8' };
  return {
    services,
    get: (url) => app.inject({ method: 'GET', url }),
    post: (url, payload, headers) => app.inject({ method: 'POST', url, payload, headers: { ...json, ...headers } }),
    put: (url, payload) => app.inject({ method: 'PUT', url, payload, headers: json }),
    delete: (url) => app.inject({ method: 'DELETE', url }),
    postNothing: (url) => app.inject({ method: 'POST', url }),
    close: async () => {
      await app.close();
      await Promise.all(Object.values(services).map((service) => service.close()));
    },
  };
}
