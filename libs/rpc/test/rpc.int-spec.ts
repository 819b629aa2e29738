import { once } from 'node:events';
import { connect } from 'node:http2';
import { create, fromBinary } from '@bufbuild/protobuf';
import { anyUnpack } from '@bufbuild/protobuf/wkt';
import { type CreateOrderRequest, OrderServiceApi } from '@ftgo/contracts/order';
import { DomainError, type DomainErrorKind } from '@ftgo/kernel';
import { type MessageContext, messageContext } from '@ftgo/messaging';
import { DependencyUnavailable, InvalidRequest, idempotencyKey, problemOf } from '@ftgo/platform';
import { Client, credentials, loadPackageDefinition, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { protoPath as healthProtoPath } from 'grpc-health-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { maxMessageBytes } from '../src/call/message-limits.js';
import { circuits } from '../src/client/dependency-metrics.js';
import { RpcFailed } from '../src/client/rpc-errors.js';
import { BadRequestSchema, ErrorInfoSchema } from '../src/gen/google/rpc/error_details_pb.js';
import { StatusSchema } from '../src/gen/google/rpc/status_pb.js';
import { deadline, grpcProxy } from '../src/index.js';
import { PortInUse } from '../src/server/grpc-server.js';
import { type Behaviour, order, startOrderService } from './order-service.fixture.js';

class OrderServiceProxy extends grpcProxy(OrderServiceApi) {}

const { consumerId, restaurantId, deliveryAddress, deliveryTime } = order;
const newOrder: CreateOrderRequest = {
  consumerId,
  restaurantId,
  deliveryAddress,
  deliveryTime,
  lineItems: [{ menuItemId: '1', quantity: 5 }],
};

const cleanUps: Array<() => Promise<void> | void> = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function serving(behaviour: Behaviour, options: Parameters<typeof startOrderService>[1] = {}) {
  const server = await startOrderService(behaviour, options);
  cleanUps.push(() => server.close());
  return server;
}

function proxyOf(url: string, deadlineMs = 3_000): OrderServiceProxy {
  const proxy = new OrderServiceProxy({ url, deadlineMs });
  cleanUps.push(() => proxy.onApplicationShutdown());
  return proxy;
}

/** What a client in any language sees: bytes in, bytes or an error with trailers out. */
function rawCall(url: string, method: string, request: Buffer, metadata = new Metadata()): Promise<Buffer> {
  const client = new Client(url, credentials.createInsecure());
  cleanUps.push(() => client.close());
  const asIs = (bytes: Buffer): Buffer => bytes;
  return new Promise((resolve, reject) => {
    const path = `/ftgo.order.v1.OrderService/${method}`;
    client.makeUnaryRequest(path, asIs, asIs, request, metadata, { deadline: Date.now() + 3_000 }, (error, answer) =>
      error ? reject(error) : resolve(answer!),
    );
  });
}

const failed = async (call: Promise<unknown>): Promise<ServiceError> =>
  call.then(
    () => expect.fail('the call succeeded'),
    (error) => error,
  );

describe('a call', () => {
  test('carries plain values both ways', async () => {
    const createOrder = vi.fn(async () => ({ orderId: Number.MAX_SAFE_INTEGER }));
    const proxy = proxyOf((await serving({ createOrder })).url);

    expect(await proxy.createOrder(newOrder)).toEqual({ orderId: Number.MAX_SAFE_INTEGER });
    expect(createOrder).toHaveBeenCalledWith(newOrder);
    expect(await proxy.getOrder({ orderId: 17 })).toEqual({ order });
  });

  test('runs in the context of its caller', async () => {
    let seen: MessageContext | undefined;
    const proxy = proxyOf((await serving({ createOrder: async () => ((seen = messageContext.current()), { orderId: 1 }) })).url);
    const context = {
      correlationId: 'c-1',
      causationId: 'r-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'a=b',
    };
    await messageContext.run(context, () => proxy.createOrder(newOrder));
    expect(seen).toEqual(context);
  });

  test('carries the Idempotency-Key of its caller, which must be valid', async () => {
    const keys: Array<string | undefined> = [];
    const { url } = await serving({
      createOrder: () => Promise.resolve({ orderId: keys.push(idempotencyKey.current) }),
    });
    const proxy = proxyOf(url);
    await idempotencyKey.run('k-1', () => proxy.createOrder(newOrder));
    await proxy.createOrder(newOrder);
    expect(keys).toEqual(['k-1', undefined]);

    const metadata = new Metadata();
    metadata.set('idempotency-key', 'two words');
    const refused = await failed(rawCall(url, 'CreateOrder', Buffer.from([0x22, 0x00, 0x2a, 0x00]), metadata));
    expect(refused.code).toBe(status.INVALID_ARGUMENT);
  });

  test.each([
    ['an odd tracestate', { tracestate: 'a=1  , b=2, B=3' }, { tracestate: 'a=1,b=2' }],
    ['an invalid traceparent', { traceparent: 'x', tracestate: 'a=1' }, { traceparent: undefined, tracestate: undefined }],
    ['a traceparent of an unknown version', { traceparent: `01-${'a'.repeat(32)}-${'b'.repeat(16)}-01-x y` }, {}],
    ['an invalid correlation id', { 'x-correlation-id': 'two words' }, { correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) }],
  ])('succeeds for a foreign client that sends %s', async (_what, sent, expected) => {
    let seen: MessageContext | undefined;
    const { url } = await serving({ createOrder: async () => ((seen = messageContext.current()), { orderId: 1 }) });
    const metadata = new Metadata();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    for (const [name, value] of Object.entries({ traceparent, ...sent })) metadata.set(name, value);
    await rawCall(url, 'CreateOrder', Buffer.from([0x22, 0x00, 0x2a, 0x00]), metadata);
    expect({ tracestate: undefined, traceparent: undefined, ...seen }).toMatchObject({ traceparent, ...expected });
  });

  test('succeeds for a message whose context does not fit into metadata: the rest is dropped', async () => {
    let seen: MessageContext | undefined;
    const proxy = proxyOf((await serving({ createOrder: async () => ((seen = messageContext.current()), { orderId: 1 }) })).url);
    await messageContext.run({ correlationId: 'zoë', causationId: 'r-1' }, () => proxy.createOrder(newOrder));
    expect(seen).toMatchObject({ causationId: 'r-1', correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string });
  });

  test('with text that is not UTF-8 is INVALID_ARGUMENT and is not executed', async () => {
    const createOrder = vi.fn(async () => ({ orderId: 1 }));
    const { url } = await serving({ createOrder });
    // delivery_address.street1, one byte
    const refused = await failed(rawCall(url, 'CreateOrder', Buffer.from([0x22, 0x03, 0x0a, 0x01, 0xe9, 0x2a, 0x00])));
    expect(refused.code).toBe(status.INVALID_ARGUMENT);
    expect(createOrder).not.toHaveBeenCalled();
  });

  test('of a method that is not implemented is UNIMPLEMENTED', async () => {
    const proxy = proxyOf((await serving({})).url);
    await expect(proxy.cancelOrder({ orderId: 1 })).rejects.toThrow('order-service failed: UNIMPLEMENTED');
  });
});

describe('an error thrown by a controller', () => {
  test.each<[DomainErrorKind, status]>([
    ['invalid', status.INVALID_ARGUMENT],
    ['rule-broken', status.FAILED_PRECONDITION],
    ['not-found', status.NOT_FOUND],
    ['conflict', status.ABORTED],
    ['forbidden', status.PERMISSION_DENIED],
  ])('of kind %s is sent with its code and kind, and arrives as it was thrown', async (kind, code) => {
    const refusal = new DomainError('NO_LUCK', kind, 'out of luck: Öl');
    const { url } = await serving({ createOrder: () => Promise.reject(refusal) });

    const arrived = await failed(proxyOf(url).createOrder(newOrder));
    expect(arrived).toBeInstanceOf(DomainError);
    expect(arrived).toMatchObject({ code: 'NO_LUCK', kind, message: 'out of luck: Öl' });

    const empty = Buffer.from([0x22, 0x00, 0x2a, 0x00]); // an empty address and time
    const raw = await failed(rawCall(url, 'CreateOrder', empty));
    const details = fromBinary(StatusSchema, raw.metadata.get('grpc-status-details-bin')[0] as Buffer);
    expect(raw).toMatchObject({ code, details: 'out of luck: Öl' });
    expect(details).toMatchObject({ code, message: 'out of luck: Öl' });
    expect(anyUnpack(details.details[0]!, ErrorInfoSchema)).toEqual(
      create(ErrorInfoSchema, { reason: 'NO_LUCK', domain: 'ftgo', metadata: { kind } }),
    );
  });

  test('keeps every error of a request', async () => {
    const errors = [
      { pointer: '/lineItems/0/quantity', detail: 'must be at least 1' },
      { pointer: '/consumerId', detail: 'must be at least 1' },
    ];
    const { url } = await serving({ createOrder: () => Promise.reject(new InvalidRequest(errors)) });
    const arrived = await failed(proxyOf(url).createOrder(newOrder));
    expect(arrived).toBeInstanceOf(InvalidRequest);
    expect(arrived).toMatchObject({ errors });
  });

  test('does not break other calls if it is larger than headers can carry', async () => {
    const long = new DomainError('NO_LUCK', 'rule-broken', `does not offer ${'💩'.repeat(25_000)}`);
    const errors = Array.from({ length: 20_000 }, (_, i) => ({ pointer: `/lineItems/${i}/quantity`, detail: 'must be at least 1' }));
    let answerOthers: (answer: { order: typeof order }) => void = () => undefined;
    let beginOthers: () => void = () => undefined;
    const othersBegan = new Promise<void>((resolve) => (beginOthers = resolve));
    const { url } = await serving({
      createOrder: ({ consumerId: who }) => Promise.reject(who === 1 ? long : new InvalidRequest(errors)),
      getOrder: () => {
        beginOthers();
        return new Promise((resolve) => (answerOthers = resolve));
      },
    });
    const proxy = proxyOf(url, 30_000);
    const others = proxy.getOrder({ orderId: 17 });
    await othersBegan;

    const refused = await failed(proxy.createOrder({ ...newOrder, consumerId: 1 }));
    expect(refused).toMatchObject({ code: 'NO_LUCK', message: expect.stringMatching(/^does not offer 💩.*…$/u) as unknown });
    const invalid = await failed(proxy.createOrder({ ...newOrder, consumerId: 2 }));
    expect(invalid).toBeInstanceOf(InvalidRequest);
    const reported = (invalid as unknown as InvalidRequest).errors;
    expect(reported.slice(0, 500)).toEqual(errors.slice(0, 500));
    expect(reported.at(-1)?.detail).toBe(`${errors.length - (reported.length - 1)} more values are invalid`);

    answerOthers({ order });
    expect(await others).toEqual({ order });
  });

  test('reveals nothing if it was unexpected', async () => {
    const { url } = await serving({ getOrder: () => Promise.reject(new Error('password of the database: 1234')) });
    const arrived = await failed(proxyOf(url).getOrder({ orderId: 1 }));
    expect(arrived).toBeInstanceOf(RpcFailed);
    expect(JSON.stringify([arrived, arrived.message, arrived.cause, (arrived.cause as Error).message])).not.toContain('1234');
    expect(arrived.message).toBe('order-service failed: INTERNAL');
  });

  test('is UNAVAILABLE if a dependency is down', async () => {
    const { url } = await serving({ createOrder: () => Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })) });
    expect(await failed(proxyOf(url).createOrder(newOrder))).toBeInstanceOf(DependencyUnavailable);
    const raw = await failed(rawCall(url, 'CreateOrder', Buffer.from([0x22, 0x00, 0x2a, 0x00])));
    expect(raw.code).toBe(status.UNAVAILABLE);
  });

  test('is INTERNAL for the caller if a response violates the contract', async () => {
    const { url } = await serving({ createOrder: async () => ({ orderId: 1.5 }) });
    expect(await failed(proxyOf(url).createOrder(newOrder))).toMatchObject({ status: 'INTERNAL' });
  });
});

describe('a request that violates the contract', () => {
  test.each([
    ['lacks a required message', Buffer.from([0x08, 0x01]), [{ field: '/deliveryAddress', description: 'is missing' }]],
    [
      'has an id above 2^53 - 1',
      Buffer.from('08ffffffffffffff7f', 'hex'),
      [{ field: '/restaurantId', description: 'must be an integer between -(2^53 - 1) and 2^53 - 1' }],
    ],
    ['is not protobuf', Buffer.from([0xff]), [{ field: '', description: 'the request cannot be decoded' }]],
  ])('is INVALID_ARGUMENT and names the field, because it %s', async (_why, bytes, fields) => {
    const createOrder = vi.fn(async () => ({ orderId: 1 }));
    const { url } = await serving({ createOrder });
    const raw = await failed(rawCall(url, 'CreateOrder', bytes));
    expect(raw.code).toBe(status.INVALID_ARGUMENT);
    const { details } = fromBinary(StatusSchema, raw.metadata.get('grpc-status-details-bin')[0] as Buffer);
    expect(anyUnpack(details[1]!, BadRequestSchema)?.fieldViolations).toMatchObject(fields);
    expect(createOrder).not.toHaveBeenCalled();
  });
});

describe('deadlines', () => {
  const never = () => new Promise<never>(() => undefined);

  test('end every call, even if it never gets a response', async () => {
    const { url } = await serving({ getOrder: never });
    expect(await failed(proxyOf(url, 100).getOrder({ orderId: 1 }))).toBeInstanceOf(DependencyUnavailable);
  });

  test('are passed on: a caller’s deadline limits the calls made for it', async () => {
    const inner = await serving({ getOrder: never });
    const innerProxy = proxyOf(inner.url, 60_000);
    let innerEnded: (how: unknown) => void = () => undefined;
    const ended = new Promise((resolve) => (innerEnded = resolve));
    const outer = await serving({
      createOrder: async () => {
        await innerProxy.getOrder({ orderId: 1 }).catch(innerEnded);
        return { orderId: 1 };
      },
    });
    // The outer server may still respond, since its own call ends a little earlier.
    await proxyOf(outer.url, 200)
      .createOrder(newOrder)
      .catch(() => undefined);
    expect(await ended).toBeInstanceOf(DependencyUnavailable);
  });

  test('limit the calls of any client that sets one', async () => {
    const proxy = proxyOf((await serving({ getOrder: never })).url, 60_000);
    const call = deadline.run(new Date(Date.now() + 100), () => proxy.getOrder({ orderId: 1 }));
    expect(await failed(call)).toBeInstanceOf(DependencyUnavailable);
  });
});

describe('a peer', () => {
  const gone = async (): Promise<number> => {
    const server = await startOrderService({});
    await server.close();
    return server.port;
  };

  const circuitState = async () => {
    const { values } = await circuits.get();
    return values.find(({ labels, value }) => labels['dependency'] === 'order-service' && value === 1)?.labels['state'];
  };

  test('is called again within a moment after it is back', async () => {
    const port = await gone();
    const proxy = proxyOf(`127.0.0.1:${port}`);
    for (let call = 0; call < 10; call++) expect(await failed(proxy.createOrder(newOrder))).toBeInstanceOf(DependencyUnavailable);

    await serving({}, { port });
    await vi.waitFor(async () => expect(await proxy.createOrder(newOrder)).toEqual({ orderId: 17 }), { timeout: 5_000, interval: 50 });
  });

  test('is not called for a while after several consecutive failures', async () => {
    const proxy = proxyOf(`127.0.0.1:${await gone()}`);
    expect(await circuitState()).toBe('closed');
    const causes = [];
    for (let call = 0; call < 6; call++) causes.push((await failed(proxy.createOrder(newOrder))).cause);
    expect(causes[0]).toMatchObject({ code: status.UNAVAILABLE });
    expect(causes[5]).toMatchObject({ name: 'Error', message: expect.stringContaining('circuit breaker') });
    expect(await circuitState()).toBe('open');
    proxy.onApplicationShutdown();
    expect(await circuitState()).toBeUndefined();
  });

  test('is not considered down because of a limit of our own', async () => {
    const huge = { ...order, lineItems: [{ menuItemId: '1', name: 'x'.repeat(maxMessageBytes), price: order.orderTotal, quantity: 1 }] };
    const proxy = proxyOf((await serving({ getOrder: async ({ orderId }) => ({ order: orderId === 1 ? huge : order }) })).url);
    for (let call = 0; call < 6; call++) {
      const tooLarge = await failed(proxy.getOrder({ orderId: 1 }));
      expect(problemOf(tooLarge)).toMatchObject({
        status: 500,
        code: 'MESSAGE_TOO_LARGE',
        detail: expect.stringContaining('order-service'),
      });
      expect(problemOf(tooLarge).retryAfterSeconds).toBeUndefined();
    }
    expect(await circuitState()).toBe('closed');
    expect(await proxy.getOrder({ orderId: 17 })).toEqual({ order });
  });

  test('is not considered down if a request is too large for it', async () => {
    const proxy = proxyOf((await serving({})).url);
    const huge = { ...newOrder, lineItems: [{ menuItemId: 'x'.repeat(5 * 1024 * 1024), quantity: 1 }] };
    for (let call = 0; call < 6; call++)
      expect(problemOf(await failed(proxy.createOrder(huge)))).toMatchObject({ status: 500, code: 'MESSAGE_TOO_LARGE' });
    expect(await circuitState()).toBe('closed');
  });

  test('is not considered down if callers did not wait', async () => {
    const proxy = proxyOf((await serving({ getOrder: () => new Promise(() => undefined) })).url);
    const hurried = () => deadline.run(new Date(Date.now() + 20), () => proxy.getOrder({ orderId: 1 }));
    for (let call = 0; call < 6; call++) expect(await failed(hurried())).toBeInstanceOf(DependencyUnavailable);
    expect(await circuitState()).toBe('closed');
    expect(await proxy.createOrder(newOrder)).toEqual({ orderId: 17 });
  });

  test('is not considered down if callers conflict with each other', async () => {
    const conflict = Object.assign(new Error('could not serialize access'), { code: '40001' });
    const proxy = proxyOf((await serving({ createOrder: () => Promise.reject(conflict) })).url);
    for (let call = 0; call < 6; call++) {
      const refused = problemOf(await failed(proxy.createOrder(newOrder)));
      expect(refused).toMatchObject({ status: 503, code: 'CONCURRENT_UPDATE', retryAfterSeconds: 1 });
    }
    expect(await circuitState()).toBe('closed');
  });

  test('is considered down if it does not respond in time', async () => {
    const proxy = proxyOf((await serving({ getOrder: () => new Promise(() => undefined) })).url, 50);
    for (let call = 0; call < 5; call++) expect(await failed(proxy.getOrder({ orderId: 1 }))).toBeInstanceOf(DependencyUnavailable);
    expect(await circuitState()).toBe('open');
  });

  test('gets a retry of a read, but no retry of a change', async () => {
    const unavailable = Object.assign(new Error('starting'), { code: 'ECONNREFUSED' });
    const getOrder = vi.fn(async () => ({ order })).mockRejectedValueOnce(unavailable);
    const createOrder = vi.fn(async () => ({ orderId: 1 })).mockRejectedValueOnce(unavailable);
    const proxy = proxyOf((await serving({ getOrder, createOrder })).url);

    expect(await proxy.getOrder({ orderId: 17 })).toEqual({ order });
    expect(getOrder).toHaveBeenCalledTimes(2);
    expect(await failed(proxy.createOrder(newOrder))).toBeInstanceOf(DependencyUnavailable);
    expect(createOrder).toHaveBeenCalledTimes(1);
  });

  test('keeps serving a client whose connection reaches its maximum age', async () => {
    const { url } = await serving({}, { limits: { grpcMaxConnectionAgeMs: 50 } });
    const proxy = proxyOf(url);
    const until = Date.now() + 500;
    while (Date.now() < until) expect(await proxy.getOrder({ orderId: 17 })).toEqual({ order });
  });
});

describe('a server', () => {
  test('closes a connection of maximum age, so that its client discovers new instances', async () => {
    const { url } = await serving({}, { limits: { grpcMaxConnectionAgeMs: 50 } });
    const session = connect(`http://${url}`);
    session.on('error', () => undefined);
    cleanUps.push(() => session.destroy());
    await once(session, 'goaway', { signal: AbortSignal.timeout(5_000) });
  });

  test('limits the number of calls in flight on one connection', async () => {
    const { url } = await serving({}, { limits: { grpcMaxConcurrentCalls: 7 } });
    const session = connect(`http://${url}`);
    cleanUps.push(() => session.destroy());
    const [settings] = (await once(session, 'remoteSettings')) as [{ maxConcurrentStreams: number }];
    expect(settings.maxConcurrentStreams).toBe(7);
  });

  test('responds to health checks, and lists its services by reflection', async () => {
    const { url } = await serving({});
    for (const service of ['', 'ftgo.order.v1.OrderService']) expect(await healthOf(url, service)).toBe(servingStatus);
    expect(await reflected(url, Buffer.from([0x3a, 0x00]))).toContain('ftgo.order.v1.OrderService');
    const symbol = Buffer.from('ftgo.order.v1.OrderService.CreateOrder');
    const files = await reflected(url, Buffer.concat([Buffer.from([0x22, symbol.length]), symbol]));
    expect(files).toContain('CreateOrderRequest');
    expect(files).toContain('ftgo/common/v1/common.proto');
  });

  test('describes its API to no one if reflection is turned off', async () => {
    const { url } = await serving({}, { limits: { grpcReflection: 'off' } });
    await expect(reflected(url, Buffer.from([0x3a, 0x00]))).rejects.toThrow('UNIMPLEMENTED');
    expect(await healthOf(url, '')).toBe(servingStatus);
  });

  test('is healthy while the application is ready', async () => {
    let ready: boolean | Error = false;
    const isReady = () => (ready instanceof Error ? Promise.reject(ready) : Promise.resolve(ready));
    const { url } = await serving({}, { isReady });
    for (const [state, status] of [
      [false, notServingStatus],
      [true, servingStatus],
      [new Error('no answer'), notServingStatus],
    ] as const) {
      ready = state;
      for (const service of ['', 'ftgo.order.v1.OrderService'])
        await vi.waitFor(async () => expect(await healthOf(url, service)).toBe(status), 5_000);
    }
  });

  test('finishes a call in progress before it stops', async () => {
    let answer: () => void = () => undefined;
    const inProgress = new Promise<void>((resolve) => (answer = resolve));
    let started: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (started = resolve));
    const server = await startOrderService({ createOrder: async () => (started(), await inProgress, { orderId: 5 }) });
    const call = proxyOf(server.url).createOrder(newOrder);
    await reached;
    const closing = server.close();
    answer();
    expect(await call).toEqual({ orderId: 5 });
    await closing;
  });

  test('reports what to do if its port is in use', async () => {
    const { port } = await serving({});
    await expect(startOrderService({}, { port })).rejects.toThrow(PortInUse);
    await expect(startOrderService({}, { port })).rejects.toThrow(
      `gRPC cannot listen on 127.0.0.1:${port}; stop the process that uses the port, or set FTGO_GRPC_PORT`,
    );
  });
});

const servingStatus = 1;
const notServingStatus = 2;

interface HealthClient extends Client {
  check(request: object, done: (error: unknown, answer: { status: number }) => void): void;
}

async function healthOf(url: string, service: string): Promise<number> {
  const definition = loadPackageDefinition(loadSync(healthProtoPath)) as never as {
    grpc: { health: { v1: { Health: new (url: string, credentials: unknown) => HealthClient } } };
  };
  const client = new definition.grpc.health.v1.Health(url, credentials.createInsecure());
  cleanUps.push(() => client.close());
  const { status: serving } = await new Promise<{ status: number }>((resolve, reject) =>
    client.check({ service }, (error, reply) => (error ? reject(error) : resolve(reply))),
  );
  return serving;
}

/** One request to the reflection service; returns the response as text, to find names in it. */
function reflected(url: string, request: Buffer): Promise<string> {
  const client = new Client(url, credentials.createInsecure());
  cleanUps.push(() => client.close());
  const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';
  return new Promise((resolve, reject) => {
    const stream = client.makeBidiStreamRequest(
      path,
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes.toString('latin1'),
    );
    stream.on('data', (answer: string) => {
      resolve(answer);
      stream.end();
    });
    stream.on('error', reject);
    stream.write(request);
  });
}
