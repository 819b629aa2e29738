import { type MemoryBroker, memoryBroker } from '@ftgo/messaging/broker';
import { createService, ReadinessCheck } from '@ftgo/platform';
import { HttpConnections } from '@ftgo/platform/http-server';
import type { CallPolicies } from '@ftgo/rpc';
import { AppModule } from '../src/app.module.js';
import type { StreamTimes } from '../src/tracking/open-streams.js';
import { type PlayedName, type PlayedService, playAll } from './services.js';

type Answer = Awaited<ReturnType<Awaited<ReturnType<typeof createService>>['inject']>>;

/** api-gateway in this process; the test plays the services behind it at their protocol. */
export interface ApiGatewayUnderTest {
  /** The services that are up: one can be closed, and started again on its port. */
  readonly services: Record<PlayedName, PlayedService>;
  /** The broker that the gateway reads. */
  readonly broker: MemoryBroker;
  /** Where it listens, for clients that keep their connection. */
  readonly url: string;
  get(url: string, headers?: Record<string, string>): Promise<Answer>;
  post(url: string, payload?: object | string, headers?: Record<string, string>): Promise<Answer>;
  put(url: string, payload: object, headers?: Record<string, string>): Promise<Answer>;
  delete(url: string, headers?: Record<string, string>): Promise<Answer>;
  /** Sends neither a body nor a content type. */
  postNothing(url: string): Promise<Answer>;
  /** Asks the gateway to stop, and waits until it has; the services behind it continue. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function startApiGateway({
  callDeadlineMs = 5_000,
  callPolicies,
  trackingMaxConnections = 100,
  streamTimes,
  graphqlExplorer = true,
  apiDocs,
  corsOrigins,
  serviceUrls,
  services: running,
}: {
  callDeadlineMs?: number;
  callPolicies?: CallPolicies;
  trackingMaxConnections?: number;
  streamTimes?: StreamTimes;
  graphqlExplorer?: boolean;
  apiDocs?: 'on' | 'off';
  corsOrigins?: readonly string[];
  serviceUrls?: Record<string, string>;
  /** Those of another gateway; default: new ones. */
  services?: Record<PlayedName, PlayedService>;
} = {}): Promise<ApiGatewayUnderTest> {
  const services = running ?? (await playAll());
  const broker = memoryBroker();
  const config = {
    httpPort: 0,
    httpHost: '127.0.0.1',
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
    trackingMaxConnections,
    streamTimes,
    graphqlExplorer,
    apiDocs,
    corsOrigins: corsOrigins && [...corsOrigins],
  };
  const module = AppModule.forRoot({ ...config, logLevel: 'silent' }, broker.client());
  const app = await createService(module, { name: 'api-gateway', logLevel: 'silent', corsOrigins });
  await app.listen(0, '127.0.0.1');

  const json = { 'content-type': 'application/json; charset=UTF-8' };
  return {
    services,
    broker,
    url: await app.getUrl(),
    stop: async () => {
      app.get(ReadinessCheck).stop();
      await app.get(HttpConnections).drain();
      await app.close();
    },
    get: (url, headers) => app.inject({ method: 'GET', url, headers }),
    post: (url, payload, headers) => app.inject({ method: 'POST', url, payload, headers: { ...json, ...headers } }),
    put: (url, payload, headers) => app.inject({ method: 'PUT', url, payload, headers: { ...json, ...headers } }),
    delete: (url, headers) => app.inject({ method: 'DELETE', url, headers }),
    postNothing: (url) => app.inject({ method: 'POST', url }),
    close: async () => {
      await app.close();
      await Promise.all(Object.values(services).map((service) => service.close()));
    },
  };
}
