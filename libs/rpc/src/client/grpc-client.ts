import type { DescMethod } from '@bufbuild/protobuf';
import { wallClockMs } from '@ftgo/kernel';
import { DependencyUnavailable, type TlsSettings } from '@ftgo/platform';
import { type ChannelOptions, status } from '@grpc/grpc-js';
import { callMetadata } from '../call/call-context.js';
import { clientSpan, endCallSpan } from '../call/call-spans.js';
import { codecOf } from '../call/codec.js';
import { deadline } from '../call/deadline.js';
import { keepalive } from '../call/keepalive.js';
import { clientMessageLimits } from '../call/message-limits.js';
import { isIdempotent, isRead, pathOf, type RequestOf, type ResponseOf, type Service, serviceName } from '../call/methods.js';
import { clientCalls } from '../call/metrics.js';
import { type Balancing, loadBalancingConfig } from '../discovery/balancing.js';
import type { Discovery } from '../discovery/discovery.js';
import { targetOf } from '../discovery/resolver.js';
import { clientSecurity } from '../tls/credentials.js';
import { CachedResponses } from './cached-responses.js';
import { type CallPolicy, callPolicy } from './call-policy.js';
import { ClientStreams, type OpenStream } from './client-streams.js';
import { Dependency } from './dependency.js';
import { countFallback, watchDependency } from './dependency-metrics.js';
import { LiveClient } from './live-client.js';
import { responseAge } from './response-age.js';
import { DeadlineTooShort, errorOfCall } from './rpc-errors.js';

/** Where a peer is found: at an address (`host:port`; calls are balanced over all addresses of a name), or by a discovery. */
type PeerAddress =
  | { readonly url: string; readonly discovery?: undefined }
  | { readonly discovery: Discovery; readonly url?: string | undefined };

/** The address of a peer, and what differs from the default policy of its calls. */
export type GrpcClientOptions = PeerAddress &
  Partial<CallPolicy> & {
    /** The peer's name in errors, logs, metrics and registries; default: the name of the service. */
    readonly dependency?: string;
    /** How the instance for a call is chosen; default: round robin. */
    readonly balancing?: Balancing | undefined;
    /** The certificates of this process, for a peer that needs them; default: clear text. */
    readonly tls?: TlsSettings | undefined;
  };

type Call<Method> = Method extends { methodKind: 'unary' }
  ? (request: RequestOf<Method>) => Promise<ResponseOf<Method>>
  : Method extends { methodKind: 'server_streaming' }
    ? OpenStream<RequestOf<Method>, ResponseOf<Method>>
    : OpenStream<AsyncIterable<RequestOf<Method>>, ResponseOf<Method>>;

/** The methods of a service as functions on plain values; a stream is an iterable of the responses. */
export type Calls<S extends Service> = { readonly [Name in keyof S['method']]: Call<S['method'][Name]> };

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
};

const serviceConfigOf = (balancing: Balancing = 'round_robin'): ChannelOptions => ({
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [loadBalancingConfig(balancing)] }),
});

/** A client of a service. It connects on the first call, and reconnects when the peer is back. */
export function grpcClient<S extends Service>(service: S, options: GrpcClientOptions): GrpcClient<S> {
  const { dependency: name = serviceName(service), discovery, url = name, balancing } = options;
  const security = clientSecurity(serviceName(service), options.tls);
  const client = new LiveClient(discovery ? targetOf(discovery, name) : url, security.credentials, {
    ...channelOptions,
    ...serviceConfigOf(balancing),
    ...security.options,
  });
  const policy = callPolicy(options);
  const dependency = new Dependency(name, policy, () => discovery?.addressesOf(name));
  const cache = policy.fallback === 'cached' ? new CachedResponses(policy) : undefined;
  const unwatch = watchDependency(dependency);
  const streams = new ClientStreams(client, dependency, url);
  const calls = Object.values(service.method).map((method) => {
    if (method.methodKind !== 'unary') return [method.localName, streams.opener(method)] as const;
    const send = sender(client, method, { url, patienceMs: Math.min(policy.deadlineMs, enoughMs) / 2 });
    const call = callOf(method, dependency, send);
    return [method.localName, cache ? withCache(cache, method, call) : async (request: unknown) => (await call(request)).plain] as const;
  });
  const close = (): void => {
    unwatch();
    streams.close();
    client.close();
  };
  return { calls: Object.fromEntries(calls) as Calls<S>, close };
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

interface SenderOptions {
  readonly url: string;
  /** A call that had less time and timed out is not a sign that the peer is down. */
  readonly patienceMs: number;
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
