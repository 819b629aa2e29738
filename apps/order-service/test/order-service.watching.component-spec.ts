import { OrderServiceApi, type WatchOrderRequest, type WatchOrderResponse } from '@ftgo/contracts/order';
import { type GrpcClient, grpcClient } from '@ftgo/rpc';
import { eventually } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OrderSagaSteps } from '../src/order/order.saga-steps.js';
import { type OrderServiceUnderTest, startOrderService } from './order-service.js';
import { ajanta, aRequest } from './requests.js';

describe('a client that watches an order', () => {
  let orders: OrderServiceUnderTest;
  let client: GrpcClient<typeof OrderServiceApi>;
  let left = new AbortController();

  beforeAll(async () => {
    orders = await startOrderService();
    client = grpcClient(OrderServiceApi, { url: orders.grpcUrl });
    await orders.others.restaurantChanged(1, 1, ajanta, 'RestaurantCreated');
    await eventually(async () => expect((await orders.get('/restaurants/1')).status).toBe(200));
  });
  beforeEach(() => {
    left = new AbortController();
  });
  afterEach(() => left.abort());
  afterAll(async () => {
    client?.close();
    await orders?.close();
  });

  const steps = () => orders.provider(OrderSagaSteps);
  const placed = async (): Promise<number> => (await orders.post('/orders', aRequest)).body.orderId as number;
  const approve = (id: number) => steps().approve(id as never);
  const approved = async (): Promise<number> => {
    const id = await placed();
    await approve(id);
    return id;
  };

  /** Watches until the service ends the stream; `seen` grows meanwhile. */
  function watch(request: Partial<WatchOrderRequest> & { orderId: number }) {
    const seen: string[] = [];
    const read = async (): Promise<string[]> => {
      const stream: AsyncIterable<WatchOrderResponse> = client.calls.watchOrder({ afterVersion: 0, ...request }, { signal: left.signal });
      for await (const { order } of stream) seen.push(`${order.version} ${order.state}`);
      return seen;
    };
    return { seen, ended: read() };
  }

  it('sees it as it is, then each change, until it is cancelled', async () => {
    const orderId = await placed();
    const { seen, ended } = watch({ orderId });
    await eventually(() => expect(seen).toEqual(['1 APPROVAL_PENDING']));
    await approve(orderId);
    await eventually(() => expect(seen).toEqual(['1 APPROVAL_PENDING', '2 APPROVED']));
    await orders.post(`/orders/${orderId}/cancel`);
    await eventually(() => expect(seen.at(-1)).toBe('3 CANCEL_PENDING'));
    await steps().confirmCancel(orderId as never);
    expect((await ended).at(-1)).toBe('4 CANCELLED');
  });

  it('sees it until it is rejected', async () => {
    const orderId = await placed();
    const { ended } = watch({ orderId });
    await orders.others.reject(await orders.others.command('ValidateOrderByConsumer', orderId), 'CONSUMER_NOT_FOUND', 'unknown');
    expect((await ended).at(-1)).toBe('2 REJECTED');
  });

  it('sees only what is later than the version that it knows', async () => {
    const orderId = await approved();
    const { seen } = watch({ orderId, afterVersion: 2 });
    await orders.post(`/orders/${orderId}/cancel`);
    await eventually(() => expect(seen).toEqual(['3 CANCEL_PENDING']));
  });

  it('sees the end of the operation that it names, and then the stream ends', async () => {
    const orderId = await placed();
    const { seen, ended } = watch({ orderId, operation: 'CREATE' });
    await eventually(() => expect(seen).toHaveLength(1));
    await approve(orderId);
    expect(await ended).toEqual(['1 APPROVAL_PENDING', '2 APPROVED']);

    await orders.post(`/orders/${orderId}/cancel`);
    const cancellation = watch({ orderId, afterVersion: 3, operation: 'CANCEL' });
    await orders.others.reject(await orders.others.command('BeginCancelTicket', orderId), 'TICKET_NOT_CANCELLABLE', 'it is being prepared');
    expect(await cancellation.ended).toEqual(['4 APPROVED']);
    expect(await watch({ orderId, afterVersion: 4, operation: 'REVISE' }).ended).toEqual([]);
  });

  it('gets the same errors as with unary calls', async () => {
    await expect(watch({ orderId: 999_999 }).ended).rejects.toMatchObject({ code: 'ORDER_NOT_FOUND', kind: 'not-found' });
    await expect(watch({ orderId: 17, afterVersion: -1 }).ended).rejects.toMatchObject({ errors: [{ pointer: '/afterVersion' }] });
    await expect(watch({ orderId: 17, operation: 'UNSPECIFIED' }).ended).rejects.toMatchObject({ errors: [{ pointer: '/operation' }] });
  });
});
