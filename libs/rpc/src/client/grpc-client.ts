import { type DescMethod, fromBinary, toBinary } from '@bufbuild/protobuf';
import { plainCodec } from '@ftgo/contracts/common';
import { wallClockMs } from '@ftgo/kernel';
import { DependencyUnavailable } from '@ftgo/platform';
import { type ChannelOptions, status } from '@grpc/grpc-js';
import { callMetadata } from '../call/call-context.js';
import { clientSpan, endCallSpan } from '../call/call-spans.js';
import { deadline } from '../call/deadline.js';
import { keepalive } from '../call/keepalive.js';
import { clientMessageLimits } from '../call/message-limits.js';
import { isIdempotent, isRead, pathOf, type RequestOf, type ResponseOf, type Service } from '../call/methods.js';
import { clientCalls } from '../call/metrics.js';
import { CachedResponses } from './cached-responses.js';
import { type CallPolicy, callPolicy } from './call-policy.js';
import { Dependency } from './dependency.js';
import { countFallback, watchDependency } from './dependency-metrics.js';
import { LiveClient } from './live-client.js';
import { responseAge } from './response-age.js';
import { DeadlineTooShort, errorOfCall } from './rpc-errors.js';

/** The address of a peer, and what differs from the default policy of its calls. */
export interface GrpcClientOptions extends Partial<CallPolicy> {
  /** `host:port`; calls are balanced over all addresses of a name. */
  readonly url: string;
  /** The peer's name in errors, logs and metrics; default: the name of the service. */
  readonly dependency?: string;
}

type Call<Method> = (request: RequestOf<Method>) => Promise<ResponseOf<Method>>;

/** The unary methods of a service as functions on plain values. */
export type Calls<S extends Service> = {
  readonly [Name in keyof S['method'] as S['method'][Name] extends { methodKind: 'unary' } ? Name : never]: Call<S['method'][Name]>;
};

export interface GrpcClient<S extends Service> {
  readonly calls: Calls<S>;
  close(): void;
}

/** How long a healthy peer may take for a call. A call with far less time says nothing about the peer. */
const enoughMs = 1_000;

/** Reconnects within a moment after a peer restarted; gRPC's own default waits up to two minutes. */
const channelOptions: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  ...keepalive,
  // Also pings while idle: otherwise the next call would discover the lost connection.
  'grpc.keepalive_permit_without_calls': 1,
  ...clientMessageLimits,
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};

/** A client of a service. It connects on the first call, and reconnects when the peer is back. */
export function grpcClient<S extends Service>(service: S, options: GrpcClientOptions): GrpcClient<S> {
  const client = new LiveClient(options.url, channelOptions);
  const policy = callPolicy(options);
  const dependency = new Dependency(options.dependency ?? shortName(service), policy);
  const cache = policy.fallback === 'cached' ? new CachedResponses(policy) : undefined;
  const unwatch = watchDependency(dependency);
  const methods = Object.values(service.method).filter(({ methodKind }) => methodKind === 'unary');
  const calls = methods.map((method) => {
    const send = sender(client, method, { url: options.url, patienceMs: Math.min(policy.deadlineMs, enoughMs) / 2 });
    const call = callOf(method, dependency, send);
    return [method.localName, cache ? withCache(cache, method, call) : async (request: unknown) => (await call(request)).plain] as const;
  });
  const close = (): void => {
    unwatch();
    client.close();
  };
  return { calls: Object.fromEntries(calls) as unknown as Calls<S>, close };
}

/** A response as it was received, and what it means. */
interface Received {
  readonly bytes: Buffer;
  readonly plain: unknown;
}

type Send = (request: unknown, until: Date) => Promise<Received>;

function callOf(method: DescMethod, dependency: Dependency, send: Send) {
  return async (request: unknown): Promise<Received> => {
    // The deadline applies to the call as a whole, including retries.
    const until = deadline.within(dependency.policy.deadlineMs);
    try {
      return await dependency.execute(() => send(request, until), { until, isIdempotent: isIdempotent(method, request) });
    } catch (error) {
      throw errorOfCall(dependency.name, error);
    }
  };
}

/** While the peer is down, a read returns the last response to the same request. */
function withCache(cache: CachedResponses, method: DescMethod, call: (request: unknown) => Promise<Received>) {
  if (!isRead(method)) {
    return async (request: unknown): Promise<unknown> => {
      cache.empty();
      // Again afterwards, even if it failed: it may have been carried out.
      return (await call(request).finally(() => cache.empty())).plain;
    };
  }
  const { requestBytes, plainResponse } = codecOf(method);
  return async (request: unknown): Promise<unknown> => {
    const key = `${method.name} ${requestBytes(request).toString('latin1')}`;
    const store = cache.awaiting(key);
    try {
      const { bytes, plain } = await call(request);
      store(bytes);
      return plain;
    } catch (error) {
      const last = error instanceof DependencyUnavailable ? cache.find(key) : undefined;
      if (!last) throw error;
      countFallback(error, 'cached');
      responseAge.note(last.ageMs);
      return plainResponse(last.bytes);
    }
  };
}

/** `OrderService` becomes `order-service`, the name of the process. */
const shortName = ({ name }: Pick<Service, 'name'>): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

interface SenderOptions {
  readonly url: string;
  /** A call that had less time and timed out is not a sign that the peer is down. */
  readonly patienceMs: number;
}

function codecOf(method: DescMethod) {
  const request = plainCodec(method.input);
  const response = plainCodec(method.output);
  return {
    requestBytes: (plain: unknown): Buffer => Buffer.from(toBinary(method.input, request.toMessage(plain as never))),
    plainResponse: (bytes: Buffer): unknown => response.toPlain(fromBinary(method.output, bytes, { readUnknownFields: false })),
  };
}

function sender(client: LiveClient, method: DescMethod, { url, patienceMs }: SenderOptions): Send {
  const path = pathOf(method);
  const { requestBytes, plainResponse } = codecOf(method);
  const received = (bytes: Buffer): Received => ({ bytes, plain: plainResponse(bytes) });
  return (plain, until) =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const isHurried = until.getTime() - wallClockMs() < patienceMs;
      const span = clientSpan(path, url);
      client.current.makeUnaryRequest(path, requestBytes, received, plain, callMetadata(span), { deadline: until }, (error, answer) => {
        clientCalls.observe({ rpc: path, code: status[error?.code ?? status.OK] }, (performance.now() - startedAt) / 1_000);
        if (span) endCallSpan(span, error?.code ?? status.OK, 'client');
        if (error) reject(isHurried && error.code === status.DEADLINE_EXCEEDED ? new DeadlineTooShort(error) : error);
        else resolve(answer as Received);
      });
    });
}
