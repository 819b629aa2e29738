import type { DeliveryDetails, TrackCourierRequest } from '@ftgo/contracts/delivery';
import type { WatchOrderResponse } from '@ftgo/contracts/order';
import { DomainError } from '@ftgo/kernel';
import { type MessageContext, messageContext } from '@ftgo/messaging';
import { DependencyUnavailable } from '@ftgo/platform';
import { eventually } from '@ftgo/testing';
import { Client, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { deadline } from '../src/index.js';
import { order } from './order-service.fixture.js';
import { asked, closeAfterTest, deliveryProxyOf, failureOf, inVersion, proxyOf, serving, upTo, type Watch } from './streams.fixture.js';

const versions = (responses: readonly WatchOrderResponse[]) => responses.map((response) => response.order.version);

async function collected<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const seen: T[] = [];
  for await (const each of stream) seen.push(each);
  return seen;
}

const metric = async (name: string) => (await register.getMetricsAsJSON()).find((each) => each.name === name)?.values ?? [];
const openStreams = async (side: string) => (await metric(`rpc_${side}_streams`)).reduce((sum, { value }) => sum + value, 0);

describe('a stream', () => {
  it('delivers the responses in order, and ends when the server’s generator ends', async () => {
    const { url } = await serving({
      watch: async function* ({ afterVersion }) {
        for (let version = afterVersion + 1; version <= 100; version++) yield inVersion(version);
      },
    });
    const seen = await collected(proxyOf(url).watchOrder({ ...asked, afterVersion: 3 }));
    expect(versions(seen)).toEqual(Array.from({ length: 97 }, (_, i) => i + 4));
    expect(seen[0]).toEqual(inVersion(4));
  });

  it('in both directions carries requests and responses independently of each other', async () => {
    const delivery: Pick<DeliveryDetails, 'deliveryId'> = { deliveryId: 5 };
    const { url } = await serving({
      track: async function* (requests) {
        yield { assignment: { number: 0, type: 'ASSIGNED', actions: [], ...delivery } };
        for await (const { acknowledged = 0 } of requests)
          yield { assignment: { number: acknowledged, type: 'WITHDRAWN', actions: [], ...delivery } };
      },
    });
    const proxy = deliveryProxyOf(url);
    const first = Promise.withResolvers<void>();
    const requests = async function* (): AsyncGenerator<TrackCourierRequest> {
      await first.promise;
      for (const acknowledged of [1, 2]) yield { courierId: 0, acknowledged };
    };
    const numbers: number[] = [];
    for await (const { assignment } of proxy.trackCourier(requests())) {
      numbers.push(assignment.number);
      first.resolve();
    }
    expect(numbers).toEqual([0, 1, 2]);
  });

  it('runs in the context of its caller', async () => {
    let seen: MessageContext | undefined;
    const { url } = await serving({
      watch: async function* () {
        yield inVersion(1);
        seen = messageContext.current();
      },
    });
    const context = { correlationId: 'c-1', causationId: 'r-1' };
    await messageContext.run(context, () => collected(proxyOf(url).watchOrder(asked)));
    expect(seen).toMatchObject(context);
  });

  it('has no deadline: neither the policy’s nor that of the call that opened it', async () => {
    const later = Promise.withResolvers<void>();
    const { url } = await serving({
      watch: async function* () {
        yield inVersion(1);
        await later.promise;
        yield inVersion(2);
      },
    });
    const end = new Date(Date.now() + 200);
    const stream = proxyOf(url, 200).watchOrder(asked);
    expect((await deadline.run(end, () => stream.next())).value).toEqual(inVersion(1));
    const second = stream.next();
    await eventually(() => expect(Date.now()).toBeGreaterThan(end.getTime() + 100));
    later.resolve();
    expect((await second).value).toEqual(inVersion(2));
  });

  it('ends on the server when its client leaves', async () => {
    const { url } = await serving({ watch: upTo(3) });
    const leaving = proxyOf(url);
    for await (const { order: seen } of leaving.watchOrder(asked)) if (seen.version === 2) break;
    await eventually(async () => expect(await openStreams('server')).toBe(0));
    const left = new AbortController();
    const reading = collected(leaving.watchOrder(asked, { signal: left.signal }));
    await eventually(async () => expect(await openStreams('server')).toBe(1));
    left.abort();
    await reading;
    await eventually(async () => expect([await openStreams('server'), await openStreams('client')]).toEqual([0, 0]));
  });

  it('pauses the server’s generator while its client does not read, and does not delay other calls', async () => {
    let produced = 0;
    const large = { ...order, rejection: { code: 'X', detail: 'x'.repeat(10_000) } };
    const { url } = await serving({
      watch: async function* () {
        for (produced = 1; produced <= 10_000; produced++) yield { order: { ...large, version: produced } };
      },
    });
    const proxy = proxyOf(url);
    const stream = proxy.watchOrder(asked);
    expect((await stream.next()).value).toMatchObject({ order: { version: 1 } });
    let before = -1;
    await eventually(async () => {
      const now = produced;
      for (let call = 0; call < 20; call++) expect(await proxy.getOrder({ orderId: 17 })).toEqual({ order });
      [before] = [now];
      expect(produced).toBe(before);
    });
    // 100 MB in all; what both sides hold is a small part.
    expect(produced).toBeLessThan(200);
    let last = 1;
    for await (const { order: seen } of stream) {
      expect(seen.version).toBe(++last);
      if (last === 1_000) break;
    }
  });
});

describe('an error of a stream', () => {
  it('arrives as it was thrown, after the responses before it', async () => {
    const { url } = await serving({
      watch: async function* () {
        yield inVersion(1);
        throw new DomainError('NO_LUCK', 'not-found', 'out of luck');
      },
    });
    const stream = proxyOf(url).watchOrder(asked);
    expect((await stream.next()).value).toEqual(inVersion(1));
    expect(await failureOf(stream)).toMatchObject({ name: 'DomainError', code: 'NO_LUCK', kind: 'not-found', message: 'out of luck' });
  });

  it('reveals nothing if it was unexpected', async () => {
    const watch: Watch = async function* () {
      await Promise.reject(new Error('password of the database: 1234'));
      yield inVersion(1);
    };
    const failure = await failureOf(proxyOf((await serving({ watch })).url).watchOrder(asked));
    expect([failure.message, (failure.cause as Error).message].join()).not.toContain('1234');
    expect(failure.message).toBe('order-service failed: INTERNAL');
  });

  it('names the field of a request that violates the contract, in either direction', async () => {
    const { url } = await serving({
      track: async function* (requests) {
        for await (const _ of requests);
        yield { assignment: { number: 1, type: 'ASSIGNED', actions: [], deliveryId: 1 } };
      },
    });
    const beyondSafe = Buffer.from('08ffffffffffffff7f', 'hex');
    for (const path of ['/ftgo.order.v1.OrderService/WatchOrder', '/ftgo.delivery.v1.DeliveryService/TrackCourier']) {
      const refused = await rawStream(url, path, beyondSafe);
      expect([refused.code, refused.details]).toEqual([status.INVALID_ARGUMENT, expect.stringContaining('Id')]);
    }
  });

  it('counts for the circuit breaker if the peer cannot be reached', async () => {
    const instance = await serving({});
    await instance.stop();
    const proxy = proxyOf(instance.url);
    for (let call = 0; call < 5; call++) expect(await failureOf(proxy.watchOrder(asked))).toBeInstanceOf(DependencyUnavailable);
    expect((await failureOf(proxy.watchOrder(asked))).cause).toMatchObject({ message: expect.stringContaining('circuit') as string });
  });

  it('is DependencyUnavailable if the peer does not respond within the deadline of the policy', async () => {
    const { url } = await serving({ watch: upTo(0) });
    const late = await failureOf(proxyOf(url, 50).watchOrder(asked));
    expect([late, (late.cause as ServiceError).code]).toEqual([expect.any(DependencyUnavailable), status.DEADLINE_EXCEEDED]);
  });
});

/** A stream as a client in any language opens it. */
function rawStream(url: string, path: string, request: Buffer): Promise<ServiceError> {
  const client = new Client(url, credentials.createInsecure());
  closeAfterTest(() => client.close());
  const asIs = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    const call = client.makeBidiStreamRequest(path, asIs, asIs, new Metadata(), {});
    call.on('error', (error) => resolve(error as ServiceError));
    call.on('end', () => reject(new Error('the stream ended without an error')));
    call.end(request);
    call.resume();
  });
}
