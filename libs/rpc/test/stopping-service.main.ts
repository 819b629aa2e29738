// A service with an HTTP and a gRPC port and slow calls, for the specs of stopping; run as a process.
import { setTimeout as pause } from 'node:timers/promises';
import { type GetOrderRequest, type GetOrderResponse, OrderServiceApi } from '@ftgo/contracts/order';
import { runService } from '@ftgo/platform';
import { Controller, type DynamicModule, Get, Module, Post } from '@nestjs/common';
import { grpcProxy, grpcServerOptions, Rpc } from '../src/index.js';
import { order } from './order-service.fixture.js';

const callMs = 2_000;
const { FTGO_HTTP_PORT, FTGO_GRPC_PORT, FTGO_ORDER_GRPC_URL } = process.env;
const config = { httpPort: Number(FTGO_HTTP_PORT), httpHost: '127.0.0.1', logLevel: 'info' };

class OrderServiceProxy extends grpcProxy(OrderServiceApi) {}

const progress = (what: string): void => void process.stdout.write(`${JSON.stringify({ msg: what })}\n`);

@Controller()
class SlowController {
  constructor(private readonly orders: OrderServiceProxy) {}

  @Rpc(OrderServiceApi.method.getOrder)
  async getOrder(_request: GetOrderRequest): Promise<GetOrderResponse> {
    progress('call in progress');
    await pause(callMs);
    return { order };
  }

  @Get('slow')
  async slow(): Promise<{ done: boolean }> {
    progress('request in progress');
    await pause(callMs);
    return { done: true };
  }

  /** Calls another service after the stop has begun. */
  @Get('composed')
  async composed(): Promise<{ orderId: number }> {
    progress('request in progress');
    await pause(callMs / 2);
    const found = await this.orders.getOrder({ orderId: 17 });
    return { orderId: found.order.orderId };
  }

  @Post('bodies')
  take(): { taken: boolean } {
    return { taken: true };
  }
}

@Module({ controllers: [SlowController] })
class AppModule {
  static forRoot(): DynamicModule {
    const proxy = () => new OrderServiceProxy({ url: FTGO_ORDER_GRPC_URL ?? '127.0.0.1:1', deadlineMs: 10_000 });
    return { module: AppModule, providers: [{ provide: OrderServiceProxy, useFactory: proxy }] };
  }
}

await runService(AppModule, {
  name: 'slow-service',
  config: () => config,
  grpc: () => grpcServerOptions({ services: [OrderServiceApi], port: Number(FTGO_GRPC_PORT) }),
});
