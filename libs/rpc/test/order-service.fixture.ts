import { once } from 'node:events';
import {
  type CreateOrderRequest,
  type CreateOrderResponse,
  type GetOrderRequest,
  type GetOrderResponse,
  type OrderDetails,
  OrderServiceApi,
  type WatchOrderRequest,
  type WatchOrderResponse,
} from '@ftgo/contracts/order';
import { Money } from '@ftgo/kernel';
import { Allow, createService } from '@ftgo/platform';
import { Controller, type DynamicModule } from '@nestjs/common';
import { GrpcServer, type GrpcServerOptions } from '../src/server/grpc-server.js';
import { Rpc } from '../src/server/rpc.decorator.js';
import type { RpcStream } from '../src/server/server-streams.js';

export const order: OrderDetails = {
  orderId: 17,
  state: 'APPROVED',
  orderTotal: Money.of('61.70'),
  consumerId: 1,
  restaurantId: 2,
  lineItems: [{ menuItemId: '1', name: 'Chicken Vindaloo', price: Money.of('12.34'), quantity: 5 }],
  deliveryAddress: { street1: '9 Amazing View', city: 'Oakland', state: 'CA', zip: '94612' },
  deliveryTime: new Date('2026-11-21T19:30:00Z'),
  version: 2,
};

/** The response of the fixture's order service to each call. */
export interface Behaviour {
  createOrder?(request: CreateOrderRequest): Promise<CreateOrderResponse>;
  getOrder?(request: GetOrderRequest): Promise<GetOrderResponse>;
}

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** A Nest application that serves OrderService over gRPC. Its createOrder does not state who may call it. */
export async function startOrderService(behaviour: Behaviour, options: Partial<GrpcServerOptions> = {}): Promise<RunningServer> {
  @Controller()
  class OrderGrpcController {
    @Rpc(OrderServiceApi.method.createOrder)
    async createOrder(request: CreateOrderRequest): Promise<CreateOrderResponse> {
      return (await behaviour.createOrder?.(request)) ?? { orderId: 17 };
    }

    @Allow('consumer')
    @Rpc(OrderServiceApi.method.getOrder)
    async getOrder(request: GetOrderRequest): Promise<GetOrderResponse> {
      return (await behaviour.getOrder?.(request)) ?? { order };
    }

    /** Until its reader or the server ends it. */
    @Allow('consumer')
    @Rpc(OrderServiceApi.method.watchOrder)
    async *watchOrder(_request: WatchOrderRequest, { signal }: RpcStream): AsyncGenerator<WatchOrderResponse> {
      yield (await behaviour.getOrder?.({ orderId: 17 })) ?? { order };
      await once(signal, 'abort');
    }
  }
  class OrderModule {}
  const module: DynamicModule = { module: OrderModule, controllers: [OrderGrpcController] };
  const app = await createService(module, { name: 'order-service', logLevel: 'silent' });
  const server = new GrpcServer({ services: [OrderServiceApi], port: 0, ...options });
  app.connectMicroservice({ strategy: server });
  await app.startAllMicroservices();
  return { url: `127.0.0.1:${server.port}`, port: server.port, close: () => app.close() };
}
