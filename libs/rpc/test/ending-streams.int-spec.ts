import type { WatchOrderResponse } from '@ftgo/contracts/order';
import { DependencyUnavailable } from '@ftgo/platform';
import { eventually } from '@ftgo/testing';
import { type ServiceError, status } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { resuming } from '../src/index.js';
import { asked, deliveryProxyOf, failureOf, inVersion, proxyOf, serving, upTo, type Watch } from './streams.fixture.js';

describe('a server', () => {
  it('rejects streams beyond its limit, and accepts another when one has ended', async () => {
    const { url } = await serving({ watch: upTo(1) }, { limits: { grpcMaxStreams: 2 } });
    const proxy = proxyOf(url);
    const open = [proxy.watchOrder(asked), proxy.watchOrder(asked)];
    for (const stream of open) await stream.next();
    const rejected = await failureOf(proxy.watchOrder(asked));
    expect([rejected, (rejected.cause as ServiceError).code]).toEqual([expect.any(DependencyUnavailable), status.RESOURCE_EXHAUSTED]);
    await open[0]?.return();
    await eventually(async () => expect((await proxy.watchOrder(asked).next()).value).toEqual(inVersion(1)));
  });

  it('ends a stream of the maximum age, and its client continues with the next response', async () => {
    const openedAfter: number[] = [];
    const watch: Watch = (request, stream) => {
      openedAfter.push(request.afterVersion);
      return upTo(request.afterVersion + 1)(request, stream);
    };
    const { url } = await serving({ watch }, { limits: { grpcMaxConnectionAgeMs: 100 } });
    const proxy = proxyOf(url);
    const seen: number[] = [];
    const next = (known: WatchOrderResponse | undefined) => proxy.watchOrder({ ...asked, afterVersion: known?.order.version ?? 0 });
    for await (const { order } of resuming(next)) if (seen.push(order.version) === 3) break;
    expect(seen).toEqual([1, 2, 3]);
    expect(new Set(openedAfter)).toEqual(new Set([0, 1, 2]));

    const failure = await failureOf(proxy.watchOrder(asked));
    expect(failure).toBeInstanceOf(DependencyUnavailable);
    expect(failure.cause).toMatchObject({ code: status.UNAVAILABLE, details: expect.stringContaining('maximum age') as string });
  });

  it('that stops ends its streams, and clients continue at another instance after the last response', async () => {
    let last = 3;
    const servedBy: string[] = [];
    const watching = (name: string): Watch =>
      async function* (request, stream) {
        servedBy.push(`${name} after ${request.afterVersion}`);
        yield* upTo(last)(request, stream);
      };
    const instances = { one: await serving({ watch: watching('one') }), other: await serving({ watch: watching('other') }) };
    const proxy = proxyOf(`ipv4:${instances.one.url},${instances.other.url}`);
    const seen: number[] = [];
    const left = new AbortController();
    const watch = (known: WatchOrderResponse | undefined) =>
      proxy.watchOrder({ ...asked, afterVersion: known?.order.version ?? 0 }, { signal: left.signal });
    const following = (async () => {
      for await (const response of resuming(watch)) seen.push(response.order.version);
    })();
    await eventually(() => expect(seen).toEqual([1, 2, 3]));

    const first = servedBy[0] === 'one after 0' ? 'one' : 'other';
    last = 5;
    await instances[first].stop();
    await eventually(() => expect(seen).toEqual([1, 2, 3, 4, 5]));
    expect(servedBy).toEqual([`${first} after 0`, `${first === 'one' ? 'other' : 'one'} after 3`]);
    left.abort();
    await following;
  });

  it('that stops ends a stream with UNAVAILABLE, also for clients that do not resume it', async () => {
    const instance = await serving({ watch: upTo(1) });
    const stream = proxyOf(instance.url).watchOrder(asked);
    await stream.next();
    await instance.stop();
    const ended = await failureOf(stream);
    expect([ended, ended.cause]).toMatchObject([
      { name: 'DependencyUnavailable' },
      { code: status.UNAVAILABLE, details: expect.stringContaining('is stopping') as string },
    ]);
  });

  it('that stops ends a stream in both directions, even while it waits for the client', async () => {
    const instance = await serving({
      track: async function* (requests) {
        yield { assignment: { number: 0, type: 'ASSIGNED', actions: [], deliveryId: 5 } };
        for await (const _ of requests);
      },
    });
    const silent = Promise.withResolvers<never>();
    const stream = deliveryProxyOf(instance.url).trackCourier({ [Symbol.asyncIterator]: () => ({ next: () => silent.promise }) });
    await stream.next();
    await instance.stop();
    expect((await failureOf(stream)).cause).toMatchObject({
      code: status.UNAVAILABLE,
      details: expect.stringContaining('is stopping') as string,
    });
  });

  it('stops although a client does not read its stream', async () => {
    const instance = await serving({
      watch: async function* () {
        for (let version = 1; version <= 100_000; version++) yield inVersion(version);
      },
    });
    const stream = proxyOf(instance.url).watchOrder(asked);
    await stream.next();
    await instance.stop();
    expect(await failureOf(stream)).toBeInstanceOf(DependencyUnavailable);
  });
});

describe('a client', () => {
  it('can leave a stream that it resumes while no instance can be reached', async () => {
    const instance = await serving({ watch: upTo(1) });
    const proxy = proxyOf(instance.url);
    const left = new AbortController();
    let attempts = 0;
    const watch = () => {
      attempts++;
      return proxy.watchOrder(asked, { signal: left.signal });
    };
    const stream = resuming(watch);
    await stream.next();
    const next = stream.next();
    await instance.stop();
    await eventually(() => expect(attempts).toBeGreaterThan(2));
    left.abort();
    expect(await next).toEqual({ value: undefined, done: true });
  });
});
