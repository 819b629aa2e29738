import { eventually } from '@ftgo/testing';
import { type Client, createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { add, begin, publish, publishPosition } from './played-timelines.js';

let gateway: ApiGatewayUnderTest;
let socket: WebSocket | undefined;
let client: Client;
beforeAll(async () => {
  gateway = await startApiGateway();
  client = createClient({
    url: `${gateway.url.replace(/^http/, 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    on: { connected: (connected) => (socket = connected as WebSocket) },
  });
});
afterAll(async () => {
  await client?.dispose();
  await gateway?.close();
});

interface Tracked {
  readonly n: number | null;
  readonly type: string;
}

const query =
  'subscription($orderId: ID!, $after: Int) { orderTracked(orderId: $orderId, after: $after) { n type order { state } position { lat lon } } }';

function subscribe(orderId: number, after = 0) {
  const results: Array<{ data?: { orderTracked: Tracked } | null; errors?: unknown }> = [];
  const state = { isComplete: false };
  const stop = client.subscribe<{ orderTracked: Tracked }>(
    { query, variables: { orderId: String(orderId), after } },
    {
      next: (result) => void results.push(result),
      error: (error) => void results.push({ errors: error }),
      complete: () => (state.isComplete = true),
    },
  );
  return { results, state, stop, numbers: () => results.map(({ data }) => data?.orderTracked.n) };
}

const followedOrders = async () => /^tracking_followed_orders (\d+)$/m.exec((await gateway.get('/metrics')).body)?.[1];

describe('a subscription', () => {
  it('follows an order as server-sent events do: what has happened, then what happens, until it ends', async () => {
    begin(2_000);
    add(2_000, 'OrderCreated', { order: { state: 'APPROVAL_PENDING' } });
    add(2_000, 'OrderAuthorized', { order: { state: 'APPROVED' } });
    const [all, later] = [subscribe(2_000), subscribe(2_000, 1)];
    await eventually(() => expect([all.numbers(), later.numbers()]).toEqual([[1, 2], [2]]));
    await publish(gateway.broker, add(2_000, 'TicketAccepted'));
    await eventually(() =>
      expect([all.numbers(), later.numbers()]).toEqual([
        [1, 2, 3],
        [2, 3],
      ]),
    );
    expect(all.results[0]?.data).toEqual({
      orderTracked: { n: 1, type: 'OrderCreated', order: { state: 'APPROVAL_PENDING' }, position: null },
    });
    await publish(gateway.broker, add(2_000, 'DeliveryDelivered'));
    await eventually(() => expect([all.state.isComplete, later.state.isComplete]).toEqual([true, true]));
  });

  it('shows the positions of the courier', async () => {
    begin(2_002);
    add(2_002, 'OrderCreated');
    const { numbers, results, stop } = subscribe(2_002);
    await eventually(() => expect(numbers()).toEqual([1]));
    await publishPosition(gateway.broker, 2_002, { lat: 37.8, lon: -122.2 });
    await eventually(() =>
      expect(results[1]?.data).toEqual({
        orderTracked: { n: null, type: 'CourierMoved', order: null, position: { lat: 37.8, lon: -122.2 } },
      }),
    );
    stop();
  });

  it('of an unknown order ends with its code', async () => {
    const { results } = subscribe(999_999);
    await eventually(() => expect(JSON.stringify(results)).toContain('ORDER_NOT_FOUND'));
  });

  it('that is not valid is rejected with its code', async () => {
    const errors: unknown[] = [];
    client.subscribe(
      { query: 'subscription { nothing }' },
      { next: () => undefined, error: (error) => void errors.push(error), complete: () => undefined },
    );
    await eventually(() => expect(JSON.stringify(errors)).toContain('INVALID_QUERY'));
  });

  it('ends when the client unsubscribes, even while nothing happens to the order', async () => {
    begin(2_001);
    add(2_001, 'OrderCreated');
    const { numbers, stop } = subscribe(2_001);
    await eventually(async () => expect([numbers(), await followedOrders()]).toEqual([[1], '1']));
    stop();
    await eventually(async () => expect(await followedOrders()).toBe('0'));
    const other = subscribe(2_001, 1);
    await publish(gateway.broker, add(2_001, 'OrderAuthorized'));
    await eventually(() => expect(other.numbers()).toEqual([2]));
    expect(numbers()).toEqual([1]);
    other.stop();
  });

  it('replays a timeline of any length', async () => {
    begin(2_003);
    const numbered = Array.from({ length: 1_500 }, () => add(2_003, 'OrderRevised').n);
    const { numbers, stop } = subscribe(2_003);
    await eventually(() => expect(numbers()).toEqual(numbered));
    stop();
  });

  it('of a client that does not read its entries is dropped, with the reason', async () => {
    begin(2_004);
    add(2_004, 'OrderCreated');
    const { numbers, results } = subscribe(2_004);
    await eventually(async () => expect([numbers(), await followedOrders()]).toEqual([[1], '1']));
    socket?.pause();
    // Fills the buffers of the connection.
    for (let i = 0; i < 40; i++) await publish(gateway.broker, add(2_004, `Anything${'x'.repeat(500_000)}`));
    for (let i = 0; i < 1_100; i++) await publish(gateway.broker, add(2_004, 'OrderRevised'));
    await eventually(async () => expect(await followedOrders()).toBe('0'));
    socket?.resume();
    await eventually(() => expect(results.at(-1)?.errors).toMatchObject([{ extensions: { code: 'OVERLOADED', status: 503 } }]));
  });
});
