import { request } from 'node:http';
import { eventually } from '@ftgo/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { add, begin, listed, publish, publishPosition, timelines } from './played-timelines.js';
import { type EventsClient, openEvents, openSocket, type SocketClient } from './tracking-clients.js';

let gateway: ApiGatewayUnderTest;
let lastId = 1_000;
const clients: Array<EventsClient | SocketClient> = [];
const placed = () => {
  begin(++lastId);
  add(lastId, 'OrderCreated', { order: { state: 'APPROVAL_PENDING' } });
  return lastId;
};
/** Commits and publishes an entry, as order-history-service does. */
const happens = async (orderId: number, type: string) => publish(gateway.broker, add(orderId, type));
const events = async (orderId: number, headers: Record<string, string> = {}, query = '') => {
  const client = await openEvents(`${gateway.url}/orders/${orderId}/events${query}`, headers);
  clients.push(client);
  return client;
};
const socket = async (options: { origin?: string } = {}) => {
  const client = await openSocket(gateway.url, options);
  clients.push(client);
  return client;
};
const numbers = (client: EventsClient) => client.events.map(({ id }) => Number(id));
const metric = async (name: string) => new RegExp(`^${name} (\\d+)$`, 'm').exec((await gateway.get('/metrics')).body)?.[1];
const openStreams = () => metric('tracking_streams');
const followedOrders = () => metric('tracking_followed_orders');

beforeAll(async () => {
  gateway = await startApiGateway({ trackingMaxConnections: 5, corsOrigins: ['https://shop.example'] });
});
afterAll(() => gateway?.close());
beforeEach(() => listed.splice(0));
afterEach(async () => {
  for (const client of clients.splice(0))
    if ('socket' in client) client.socket.terminate();
    else client.close();
  await eventually(async () => expect(await openStreams()).toBe('0'));
});

describe('server-sent events of an order', () => {
  it('are what has happened, and then what happens', async () => {
    const order = placed();
    add(order, 'TicketAccepted', { ticket: { state: 'ACCEPTED', readyBy: new Date('2026-11-21T19:00:00Z') } });
    const client = await events(order);
    await eventually(() => expect(numbers(client)).toEqual([1, 2]));
    await happens(order, 'DeliveryScheduled');
    await eventually(() => expect(numbers(client)).toEqual([1, 2, 3]));
    expect(client.status).toBe(200);
    expect(Object.fromEntries(client.headers)).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    expect(client.events.map(({ data }) => data)).toEqual([
      { n: 1, at: '2026-11-21T18:01:00.000', type: 'OrderCreated', order: { state: 'APPROVAL_PENDING' } },
      { n: 2, at: '2026-11-21T18:02:00.000', type: 'TicketAccepted', ticket: { state: 'ACCEPTED', readyBy: '2026-11-21T19:00:00.000' } },
      { n: 3, at: '2026-11-21T18:03:00.000', type: 'DeliveryScheduled' },
    ]);
  });

  it('resume after the last event that the client has received', async () => {
    const order = placed();
    for (const type of ['OrderAuthorized', 'TicketAccepted']) add(order, type);
    const resumed = [await events(order, { 'last-event-id': '2' }), await events(order, {}, '?after=2')];
    for (const client of resumed) await eventually(() => expect(numbers(client)).toEqual([3]));
    const both = await events(order, { 'last-event-id': '1' }, '?after=2');
    await eventually(() => expect(numbers(both)).toEqual([2, 3]));
  });

  it('come once and in order, though they are published twice or before the client connects', async () => {
    const order = placed();
    const client = await events(order);
    const [second, third] = [add(order, 'OrderAuthorized'), add(order, 'TicketAccepted')];
    await publish(gateway.broker, second, second, third, second, third);
    await eventually(() => expect(numbers(client)).toEqual([1, 2, 3]));
    await happens(order, 'TicketPreparationStarted');
    await eventually(() => expect(numbers(client)).toEqual([1, 2, 3, 4]));
  });

  it('include those that were not read from the broker, once the next one comes', async () => {
    const order = placed();
    const client = await events(order);
    await eventually(() => expect(numbers(client)).toEqual([1]));
    add(order, 'OrderAuthorized');
    await happens(order, 'TicketAccepted');
    await eventually(() => expect(numbers(client)).toEqual([1, 2, 3]));
    expect(listed.filter(({ orderId }) => orderId === order)).toEqual([
      { orderId: order, after: 0 },
      { orderId: order, after: 1 },
    ]);
  });

  it('are only those of the order', async () => {
    const [one, other] = [placed(), placed()];
    const client = await events(one);
    await happens(other, 'OrderAuthorized');
    await happens(one, 'TicketAccepted');
    await eventually(() => expect(client.events.map(({ data }) => data['type'])).toEqual(['OrderCreated', 'TicketAccepted']));
  });

  it('are not taken from a service that does not own the channel', async () => {
    const order = placed();
    const client = await events(order);
    await eventually(() => expect(numbers(client)).toEqual([1]));
    const [topic, payload] = ['ftgo.orderhistory.events', Buffer.from('{"entry":{"orderId":"1","n":"2"}}')];
    const headers = [
      ['ce_type', 'ftgo.orderhistory.v1.TimelineExtended'],
      ['ce_source', `/kitchen-service/tickets/${order}`],
    ].map(([name = '', value = '']) => [Buffer.from(name), Buffer.from(value)] as const);
    await gateway.broker.publish([{ topic, key: Buffer.from(String(order)), value: payload, headers }]);
    await happens(order, 'OrderAuthorized');
    await eventually(() => expect(numbers(client)).toEqual([1, 2]));
    expect(client.events[1]?.data['type']).toBe('OrderAuthorized');
  });

  it('include positions of the courier, which have no id and are not replayed', async () => {
    const [order, other] = [placed(), placed()];
    const client = await events(order);
    await eventually(() => expect(numbers(client)).toEqual([1]));
    for (const [id, lat] of [
      [other, 1],
      [order, 37.8],
    ] as const)
      await publishPosition(gateway.broker, id, { lat, lon: -122.2 });
    await eventually(() => expect(client.text).toContain('position'));
    await happens(order, 'DeliveryPickedUp');
    await eventually(() => expect(numbers(client)).toEqual([1, 2]));
    const data = '{"at":"2026-11-21T18:30:00.000","type":"CourierMoved","position":{"lat":37.8,"lon":-122.2}}';
    expect(client.text.split('\n\n').filter((event) => event.includes('CourierMoved'))).toEqual([`data: ${data}`]);
    const later = await events(order);
    await eventually(() => expect(numbers(later)).toEqual([1, 2]));
    expect(later.text).not.toContain('CourierMoved');
  });

  it.each(['OrderRejected', 'OrderCancelled', 'DeliveryDelivered'])('end with the order: %s', async (type) => {
    const order = placed();
    const client = await events(order);
    await eventually(() => expect(numbers(client)).toEqual([1]));
    await happens(order, type);
    await eventually(() => expect([client.isOpen, numbers(client)]).toEqual([false, [1, 2]]));
  });

  it('of an order that has ended are replayed, and a client that has them all gets 204, which ends its reconnections', async () => {
    begin(++lastId, { deliveryStatus: 'DELIVERED' });
    for (const type of ['OrderCreated', 'DeliveryDelivered', 'AuthorizationCaptured']) add(lastId, type);
    const client = await events(lastId, { 'last-event-id': '2' });
    await eventually(() => expect([client.isOpen, numbers(client)]).toEqual([false, [3]]));
    expect((await events(lastId, { 'last-event-id': '3' })).status).toBe(204);
  });

  it('of an order that the history does not know yet begin with its first entry', async () => {
    const client = await events(17);
    begin(17);
    await happens(17, 'OrderCreated');
    await eventually(() => expect(numbers(client)).toEqual([1]));
    timelines.delete(17);
  });

  it('of an unknown order are 404', async () => {
    const answer = await gateway.get('/orders/999999/events');
    expect([answer.statusCode, answer.json()]).toMatchObject([404, { code: 'ORDER_NOT_FOUND' }]);
  });

  it.each([
    ['/orders/x/events', {}, '/orderId'],
    ['/orders/17/events?after=-1', {}, '/after'],
    ['/orders/17/events', { 'last-event-id': 'seven' }, '/Last-Event-ID'],
  ] as const)('are rejected for %s with %o', async (url, headers, pointer) => {
    const answer = await gateway.get(url, headers);
    expect([answer.statusCode, answer.json()]).toMatchObject([
      400,
      { errors: [{ pointer, detail: expect.stringContaining('whole number') }] },
    ]);
  });

  it('can be read by pages of allowed origins', async () => {
    const client = await events(placed(), { origin: 'https://shop.example' });
    expect(client.headers.get('access-control-allow-origin')).toBe('https://shop.example');
  });
});

describe('a WebSocket', () => {
  it('follows several orders, each after its last event', async () => {
    const [one, other] = [placed(), placed()];
    add(one, 'OrderAuthorized');
    const client = await socket();
    client.send({ type: 'subscribe', orderId: one, after: 1 });
    client.send({ type: 'subscribe', orderId: other });
    await eventually(() => expect(client.messages).toHaveLength(2));
    await happens(other, 'OrderAuthorized');
    await eventually(() => expect(client.messages).toHaveLength(3));
    const seen = client.messages.map(({ type, orderId, event }) => `${type} ${String(orderId)} ${(event as { n: number }).n}`);
    expect(new Set(seen)).toEqual(new Set([`event ${one} 2`, `event ${other} 1`, `event ${other} 2`]));
  });

  it('shows the same as server-sent events', async () => {
    const order = placed();
    const [client, stream] = [await socket(), await events(order)];
    client.send({ type: 'subscribe', orderId: order });
    await happens(order, 'OrderAuthorized');
    await eventually(() => expect(client.messages).toHaveLength(2));
    await eventually(() => expect(stream.events).toHaveLength(2));
    expect(client.messages.map(({ event }) => event)).toEqual(stream.events.map(({ data }) => data));
  });

  it('shows the positions of the courier', async () => {
    const [order, client] = [placed(), await socket()];
    client.send({ type: 'subscribe', orderId: order });
    await eventually(() => expect(client.messages).toHaveLength(1));
    await publishPosition(gateway.broker, order, { lat: 0, lon: 180 });
    await eventually(() =>
      expect(client.messages[1]).toEqual({
        type: 'event',
        orderId: order,
        event: { at: '2026-11-21T18:30:00.000', type: 'CourierMoved', position: { lat: 0, lon: 180 } },
      }),
    );
  });

  it('stops following an order on request, and can begin again', async () => {
    const [order, other] = [placed(), placed()];
    const client = await socket();
    for (const orderId of [order, other]) client.send({ type: 'subscribe', orderId });
    await eventually(() => expect(client.messages).toHaveLength(2));
    client.send({ type: 'unsubscribe', orderId: order });
    client.send({ type: 'subscribe', orderId: other, after: 0 });
    await eventually(() => expect(client.messages).toHaveLength(3));
    await happens(order, 'OrderAuthorized');
    await happens(other, 'OrderAuthorized');
    await eventually(() => expect(client.messages.at(-1)).toMatchObject({ orderId: other, event: { n: 2 } }));
    expect(client.messages.filter(({ orderId }) => orderId === order)).toHaveLength(1);
  });

  it('follows an order once, though the client asks for it again before it has an answer', async () => {
    const [order, client] = [placed(), await socket()];
    for (const after of [0, 0, 1]) client.send({ type: 'subscribe', orderId: order, after });
    await eventually(() => expect(listed.filter(({ orderId }) => orderId === order)).toHaveLength(3));
    await happens(order, 'OrderAuthorized');
    await happens(order, 'TicketAccepted');
    await eventually(() => expect(client.messages.at(-1)).toMatchObject({ event: { n: 3 } }));
    expect(client.messages.map(({ event }) => (event as { n: number }).n)).toEqual([2, 3]);
    client.socket.close();
    await eventually(async () => expect(await followedOrders()).toBe('0'));
  });

  it.each([
    ['{"type":', ''],
    [{ type: 'subscribe' }, '/orderId'],
    [{ type: 'subscribe', orderId: '17' }, '/orderId'],
    [{ type: 'subscribe', orderId: 17, after: -1 }, '/after'],
    [{ type: 'dance', orderId: 17 }, '/type'],
  ])('responds to %j with a problem, and stays open', async (message, pointer) => {
    const client = await socket();
    client.send(message);
    await eventually(() =>
      expect(client.messages).toMatchObject([
        { type: 'error', problem: { status: 400, code: 'VALIDATION_FAILED', errors: [{ pointer }] } },
      ]),
    );
    client.send({ type: 'subscribe', orderId: placed() });
    await eventually(() => expect(client.messages.at(-1)).toMatchObject({ type: 'event' }));
  });

  it('responds to an unknown order with a problem that names it', async () => {
    const client = await socket();
    client.send({ type: 'subscribe', orderId: 999_999 });
    await eventually(() =>
      expect(client.messages).toMatchObject([{ type: 'error', orderId: 999_999, problem: { status: 404, code: 'ORDER_NOT_FOUND' } }]),
    );
  });

  it('follows at most a hundred orders', async () => {
    const client = await socket();
    const orders = Array.from({ length: 101 }, placed);
    for (const orderId of orders) client.send({ type: 'subscribe', orderId });
    await eventually(() => expect(client.messages).toHaveLength(101));
    expect(client.messages.filter(({ type }) => type === 'error')).toMatchObject([{ orderId: orders.at(-1), problem: { status: 400 } }]);
  });

  it('is closed if a message is larger than any request', async () => {
    const client = await socket();
    client.send({ type: 'subscribe', orderId: 17, filler: 'x'.repeat(5_000) });
    await eventually(() => expect(client.closed.code).toBe(1009));
  });

  it('may be opened by pages of the gateway and of allowed origins, not by others', async () => {
    for (const origin of [gateway.url, 'https://shop.example']) await socket({ origin });
    await expect(openSocket(gateway.url, { origin: 'https://other.example' })).rejects.toThrow('403');
  });

  it('is not opened for clients that offer h2c with each request, as Java’s do', async () => {
    const answer = await new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
      const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAEAAEAAAAIAAAAAAAMAAAAA' };
      const options = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' } };
      const sent = request(`${gateway.url}/consumers`, options, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += String(chunk)));
        response.on('end', () => resolve({ status: response.statusCode, body }));
      });
      sent.on('error', reject);
      sent.end(JSON.stringify({ name: { firstName: 'Ada', lastName: 'Lovelace' } }));
    });
    expect(answer).toEqual({ status: 200, body: '{"consumerId":7}' });
  });

  it('is required at its path', async () => {
    const answer = await gateway.get('/ws');
    expect([answer.statusCode, answer.headers['upgrade'], answer.json()]).toMatchObject([426, 'websocket', { code: 'UPGRADE_REQUIRED' }]);
    await expect(openSocket(`${gateway.url}/elsewhere`)).rejects.toThrow('404');
  });
});

describe('clients that follow orders', () => {
  it('get 503 when too many are connected, and a place when one leaves', async () => {
    const order = placed();
    const open = await Promise.all(Array.from({ length: 4 }, () => events(order)));
    await socket();
    const rejected = await gateway.get(`/orders/${order}/events`);
    expect([rejected.statusCode, rejected.headers['retry-after'], rejected.json()]).toMatchObject([503, '1', { code: 'OVERLOADED' }]);
    await expect(openSocket(gateway.url)).rejects.toThrow('503');
    open[0]?.close();
    await eventually(async () => expect((await events(order)).status).toBe(200));
  });
});

describe('a gateway that stops', () => {
  it('ends streams and closes WebSockets, so that clients reconnect elsewhere', async () => {
    const stopping = await startApiGateway();
    const order = placed();
    const stream = await openEvents(`${stopping.url}/orders/${order}/events`);
    const client = await openSocket(stopping.url);
    client.send({ type: 'subscribe', orderId: order });
    await eventually(() => expect(client.messages).toHaveLength(1));
    await stopping.stop();
    await eventually(() => expect([stream.isOpen, client.closed.code]).toEqual([false, 1001]));
    await stopping.close();
  });
});

describe('a gateway without its broker', () => {
  it('replays what has happened, and is ready but degraded', async () => {
    const alone = await startApiGateway();
    const order = placed();
    add(order, 'OrderAuthorized');
    await alone.broker.close();
    const stream = await openEvents(`${alone.url}/orders/${order}/events`);
    await eventually(() => expect(numbers(stream)).toEqual([1, 2]));
    stream.close();
    await alone.close();
  });
});
