import { DeliveryServiceApi, type TrackCourierRequest, type TrackCourierResponse } from '@ftgo/contracts/delivery';
import { OrderServiceApi, type WatchOrderRequest, type WatchOrderResponse } from '@ftgo/contracts/order';
import { createService } from '@ftgo/platform';
import { Controller, type DynamicModule } from '@nestjs/common';
import { afterEach, expect } from 'vitest';
import { GrpcServer, type GrpcServerOptions, grpcProxy, Rpc, type RpcStream } from '../src/index.js';
import { order } from './order-service.fixture.js';

class OrderServiceProxy extends grpcProxy(OrderServiceApi) {}
class DeliveryServiceProxy extends grpcProxy(DeliveryServiceApi) {}

export type Watch = (request: WatchOrderRequest, stream: RpcStream) => AsyncIterable<WatchOrderResponse>;
export type Track = (requests: AsyncIterable<TrackCourierRequest>, stream: RpcStream) => AsyncIterable<TrackCourierResponse>;

const cleanUps: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

/** After the test, before the servers stop. */
export const closeAfterTest = (close: () => Promise<void> | void): void => void cleanUps.push(close);

export interface Instance {
  readonly url: string;
  stop(): Promise<void>;
}

/** An instance of a service whose streams are served by these functions; unary calls get a response immediately. */
export async function serving(streams: { watch?: Watch; track?: Track }, options: Partial<GrpcServerOptions> = {}): Promise<Instance> {
  const nothing = async function* (): AsyncGenerator<never> {};
  @Controller()
  class StreamsController {
    @Rpc(OrderServiceApi.method.getOrder)
    getOrder() {
      return Promise.resolve({ order });
    }

    @Rpc(OrderServiceApi.method.watchOrder)
    watchOrder(request: WatchOrderRequest, stream: RpcStream) {
      return streams.watch?.(request, stream) ?? nothing();
    }

    @Rpc(DeliveryServiceApi.method.trackCourier)
    trackCourier(requests: AsyncIterable<TrackCourierRequest>, stream: RpcStream) {
      return streams.track?.(requests, stream) ?? nothing();
    }
  }
  class StreamsModule {}
  const module: DynamicModule = { module: StreamsModule, controllers: [StreamsController] };
  const app = await createService(module, { name: 'order-service', logLevel: 'silent' });
  const server = new GrpcServer({ services: [OrderServiceApi, DeliveryServiceApi], port: 0, ...options });
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  cleanUps.push(() => app.close());
  return { url: `127.0.0.1:${server.port}`, stop: () => server.close() };
}

export function proxyOf(url: string, deadlineMs = 3_000): OrderServiceProxy {
  const proxy = new OrderServiceProxy({ url, deadlineMs });
  cleanUps.push(() => proxy.onApplicationShutdown());
  return proxy;
}

export function deliveryProxyOf(url: string): DeliveryServiceProxy {
  const proxy = new DeliveryServiceProxy({ url });
  cleanUps.push(() => proxy.onApplicationShutdown());
  return proxy;
}

export const asked = { orderId: 17, afterVersion: 0 };
export const inVersion = (version: number): WatchOrderResponse => ({ order: { ...order, version } });

/** Versions after the one that the client knows, and then nothing until the stream ends. */
export const upTo = (last: number): Watch =>
  async function* ({ afterVersion }, { signal }) {
    for (let version = afterVersion + 1; version <= last; version++) yield inVersion(version);
    await aborted(signal);
  };

const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });

export const failureOf = async (stream: AsyncIterable<unknown>): Promise<Error & { cause?: unknown }> => {
  try {
    for await (const _ of stream);
  } catch (error) {
    return error as Error;
  }
  return expect.fail('the stream ended without an error');
};
