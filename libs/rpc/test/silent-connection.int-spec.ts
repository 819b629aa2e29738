import { promises as dns } from 'node:dns';
import { connect, createServer, type Server } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { OrderServiceApi } from '@ftgo/contracts/order';
import { DependencyUnavailable } from '@ftgo/platform';
import { eventually, type FaultProxy, faultProxy } from '@ftgo/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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

  it('ends at its deadline, and later calls use a new connection', async () => {
    await answered();
    proxy.silence();
    await expect(orders.getOrder({ orderId: 17 })).rejects.toBeInstanceOf(DependencyUnavailable);
    await answered();
  });

  it('does not use the connection if keepalives have detected the silence', async () => {
    await answered();
    proxy.silence();
    // The old connection, still held by the proxy, and the new one.
    await eventually(() => expect(proxy.open).toBe(2), { timeoutMs: 50_000 });
    expect(await orders.getOrder({ orderId: 17 })).toEqual({ order });
  });

  it('ends at its deadline while connections are accepted but get no response; later calls succeed', async () => {
    await proxy.admit('silent');
    await expect(orders.getOrder({ orderId: 17 })).rejects.toBeInstanceOf(DependencyUnavailable);
    await proxy.admit('forward');
    await answered();
  });

  it('succeeds again after connections were refused, and then accepted without a response', async () => {
    await answered();
    await loseIt();
    await proxy.admit('forward');
    await answered();
  });

  /** The peer is down, and then something accepts the reconnecting client and never responds. */
  async function loseIt(): Promise<void> {
    await proxy.admit('refuse');
    proxy.cut();
    await expect(orders.getOrder({ orderId: 17 })).rejects.toBeInstanceOf(DependencyUnavailable);
    await proxy.admit('silent');
    await eventually(() => expect(proxy.open).toBe(1));
  }

  it('succeeds if the peer has moved to another address', async () => {
    const lookup = vi.spyOn(dns, 'lookup').mockResolvedValue([{ address: '127.0.0.1', family: 4 }] as never);
    let elsewhere: Server | undefined;
    try {
      orders.onApplicationShutdown();
      orders = new OrderServiceProxy({ url: `order-service.test:${proxy.port}`, deadlineMs: 1_000 });
      await answered();
      await loseIt();
      // Addresses are resolved once a second, so the query from before the silence has its response by then.
      await pause(2_500);
      const found = Promise.withResolvers<void>();
      const target = new URL(`tcp://${server.url}`);
      elsewhere = createServer((socket) => {
        found.resolve();
        socket
          .on('error', () => undefined)
          .pipe(connect(Number(target.port), target.hostname))
          .on('error', () => undefined)
          .pipe(socket);
      }).listen(proxy.port, '127.0.0.2');
      lookup.mockResolvedValue([{ address: '127.0.0.2', family: 4 }] as never);
      await found.promise;
      await eventually(async () => expect(await orders.getOrder({ orderId: 17 })).toEqual({ order }));
    } finally {
      lookup.mockRestore();
      orders.onApplicationShutdown();
      elsewhere?.close();
    }
  });
});
