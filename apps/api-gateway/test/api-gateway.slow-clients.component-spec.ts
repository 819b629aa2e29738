import { eventually } from '@ftgo/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { StreamTimes } from '../src/tracking/open-streams.js';
import { type ApiGatewayUnderTest, startApiGateway } from './api-gateway.js';
import { add, begin, publish } from './played-timelines.js';
import { openEvents, openSocket, openWithoutReading } from './tracking-clients.js';

const aMinute = 60_000;
const order = 3_000;
const large = `Anything${'x'.repeat(500_000)}`;

let gateway: ApiGatewayUnderTest;
const cleanUps: Array<() => void> = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
  await gateway?.close();
});

async function start(times: Partial<StreamTimes>): Promise<void> {
  gateway = await startApiGateway({ streamTimes: { heartbeatMs: aMinute, closingMs: aMinute, ...times } });
  begin(order);
  add(order, 'OrderCreated');
}

async function events() {
  const client = await openEvents(`${gateway.url}/orders/${order}/events`);
  cleanUps.push(() => client.close());
  return client;
}

async function socket(options: { autoPong?: boolean } = {}) {
  const client = await openSocket(gateway.url, options);
  cleanUps.push(() => client.socket.terminate());
  client.send({ type: 'subscribe', orderId: order });
  await eventually(() => expect(client.messages).toHaveLength(1));
  return client;
}

const metric = async (name: string) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec((await gateway.get('/metrics')).body)?.[1]);

/** Fills the buffers of a connection on both sides. */
const untilOneIsDropped = () =>
  eventually(async () => {
    await publish(gateway.broker, add(order, large));
    expect(await metric('tracking_streams_dropped_total')).toBe(1);
  });

describe('a client that reads too slowly', () => {
  it('on a WebSocket is closed with 1013, after what it had not read', async () => {
    await start({});
    const client = await socket();
    client.socket.pause();
    await untilOneIsDropped();
    expect(await metric('tracking_followed_orders')).toBe(0);
    client.socket.resume();
    await eventually(() => expect(client.closed.code).toBe(1013));
    const numbers = client.messages.map(({ event }) => (event as { n: number }).n);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, i) => i + 1));
    await eventually(async () => expect(await metric('tracking_streams')).toBe(0));
  });

  it('on a WebSocket is cut off if it does not read at all', async () => {
    await start({ closingMs: 50 });
    (await socket()).socket.pause();
    await untilOneIsDropped();
    await eventually(async () => expect(await metric('tracking_streams')).toBe(0));
  });

  it('of server-sent events is dropped, while another client gets every event', async () => {
    await start({});
    const reading = await events();
    const silent = await openWithoutReading(gateway.url, `/orders/${order}/events`);
    cleanUps.push(() => silent.destroy());
    await eventually(async () => expect(await metric('tracking_streams')).toBe(2));
    for (let n = 2; n <= 41; n++) {
      await publish(gateway.broker, add(order, large));
      await eventually(() => expect(reading.text.slice(-600_000)).toContain(`id: ${n}\n`));
    }
    await eventually(async () => expect(await metric('tracking_streams')).toBe(1));
    expect(await metric('tracking_streams_dropped_total')).toBe(1);
  });
});

describe('a heartbeat', () => {
  it('is a comment among server-sent events, and a ping on a WebSocket', async () => {
    await start({ heartbeatMs: 500 });
    const [stream, client] = [await events(), await socket()];
    let pings = 0;
    client.socket.on('ping', () => pings++);
    await eventually(() => expect(stream.text.match(/^:$/gm)?.length).toBeGreaterThan(1));
    await eventually(() => expect(pings).toBeGreaterThan(1));
    expect(client.closed.code).toBeUndefined();
  });

  it('cuts off a WebSocket whose client does not answer', async () => {
    await start({ heartbeatMs: 100 });
    const client = await socket({ autoPong: false });
    await eventually(async () => expect([client.closed.code, await metric('tracking_streams')]).toEqual([1006, 0]));
  });
});
