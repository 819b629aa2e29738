import { OrderServiceApi } from '@ftgo/contracts/order';
import { DependencyUnavailable } from '@ftgo/platform';
import { eventually, type FaultProxy, faultProxy } from '@ftgo/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { grpcProxy } from '../src/index.js';
import { order, type RunningServer, startOrderService } from './order-service.fixture.js';

class OrderServiceProxy extends grpcProxy(OrderServiceApi) {}

describe('a gRPC call through a connection that has fallen silent, without a FIN or an RST', () => {
  let server: RunningServer;
  let proxy: FaultProxy;
  let orders: OrderServiceProxy;
  beforeEach(async () => {
    server = await startOrderService({});
    proxy = await faultProxy({ to: server.url });
    orders = new OrderServiceProxy({ url: proxy.address, deadlineMs: 1_000 });
  });
  afterEach(async () => {
    orders.onApplicationShutdown();
    proxy.close();
    await server.close();
  });

  const answered = () => eventually(async () => expect(await orders.getOrder({ orderId: 17 })).toEqual({ order }), { timeoutMs: 60_000 });

  it('ends at its deadline, and later calls go through a new connection', async () => {
    await answered();
    proxy.silence();
    await expect(orders.getOrder({ orderId: 17 })).rejects.toBeInstanceOf(DependencyUnavailable);
    await answered();
  });

  it('is not made when keepalives have noticed the silence before', async () => {
    await answered();
    proxy.silence();
    // The old connection, which the proxy holds, and the new one.
    await eventually(() => expect(proxy.open).toBe(2), { timeoutMs: 50_000 });
    expect(await orders.getOrder({ orderId: 17 })).toEqual({ order });
  });

  it('ends at its deadline while connections are accepted and never answered, and later calls are answered', async () => {
    await proxy.admit('silent');
    await expect(orders.getOrder({ orderId: 17 })).rejects.toBeInstanceOf(DependencyUnavailable);
    await proxy.admit('forward');
    await answered();
  });
});
