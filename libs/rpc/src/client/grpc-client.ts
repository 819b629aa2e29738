import { type DescMethod, fromBinary, toBinary } from '@bufbuild/protobuf';
import { plainCodec } from '@ftgo/contracts/common';
import { wallClockMs } from '@ftgo/kernel';
import { type ChannelOptions, status } from '@grpc/grpc-js';
import type { IPolicy } from 'cockatiel';
import { callMetadata } from '../call/call-context.js';
import { clientSpan, endCallSpan } from '../call/call-spans.js';
import { deadline } from '../call/deadline.js';
import { keepalive } from '../call/keepalive.js';
import { clientMessageLimits } from '../call/message-limits.js';
import { isRead, pathOf, type RequestOf, type ResponseOf, type Service } from '../call/methods.js';
import { clientCalls } from '../call/metrics.js';
import { watchCircuit } from './circuit-metrics.js';
import { LiveClient } from './live-client.js';
import { proxyPolicies } from './policies.js';
import { errorOfCall, NotWaitedFor } from './rpc-errors.js';

export interface GrpcClientOptions {
  /** `host:port`; a name with several addresses is balanced over. */
  readonly url: string;
  /** How long a call may take, unless the caller's own deadline comes first. Every call has one. */
  readonly deadlineMs?: number;
  /** How the peer is called in errors and logs; the service's name unless said otherwise. */
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

const defaultDeadlineMs = 3_000;

/** What a peer that is well needs at most for a call. One that was given far less says nothing of the peer. */
const enoughMs = 1_000;

/** Finds a peer that restarted within a moment; grpc's own defaults wait up to two minutes. */
const channelOptions: ChannelOptions = {
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.dns_min_time_between_resolutions_ms': 1_000,
  ...keepalive,
  // Also while nothing is asked: the next call would be the one to find out.
  'grpc.keepalive_permit_without_calls': 1,
  ...clientMessageLimits,
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};

/** A client of a service. It connects at the first call, and again whenever the peer comes back. */
export function grpcClient<S extends Service>(service: S, options: GrpcClientOptions): GrpcClient<S> {
  const client = new LiveClient(options.url, channelOptions);
  const { forReads, forChanges, breaker } = proxyPolicies();
  const { deadlineMs = defaultDeadlineMs, dependency = shortName(service) } = options;
  const unwatch = watchCircuit(dependency, breaker);
  const methods = Object.values(service.method).filter(({ methodKind }) => methodKind === 'unary');
  const calls = methods.map((method) => {
    const send = sender(client, method, { url: options.url, patienceMs: Math.min(deadlineMs, enoughMs) / 2 });
    const policy: IPolicy = isRead(method) ? forReads : forChanges;
    const call = async (request: unknown): Promise<unknown> => {
      // The deadline is of the call as a whole, other tries included.
      const until = deadline.within(deadlineMs);
      try {
        return await policy.execute(() => send(request, until));
      } catch (error) {
        throw errorOfCall(dependency, error);
      }
    };
    return [method.localName, call] as const;
  });
  const close = (): void => {
    unwatch();
    client.close();
  };
  return { calls: Object.fromEntries(calls) as unknown as Calls<S>, close };
}

/** `OrderService` is `order-service`, as the process is called. */
const shortName = ({ name }: Pick<Service, 'name'>): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

interface SenderOptions {
  readonly url: string;
  /** A call that was given less, and was late, is no sign of a peer that is down. */
  readonly patienceMs: number;
}

function sender(client: LiveClient, method: DescMethod, { url, patienceMs }: SenderOptions) {
  const path = pathOf(method);
  const request = plainCodec(method.input);
  const response = plainCodec(method.output);
  const serialize = (plain: unknown): Buffer => Buffer.from(toBinary(method.input, request.toMessage(plain as never)));
  const deserialize = (bytes: Buffer): unknown => response.toPlain(fromBinary(method.output, bytes, { readUnknownFields: false }));
  return (plain: unknown, until: Date): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const startedAt = performance.now();
      const isHurried = until.getTime() - wallClockMs() < patienceMs;
      const span = clientSpan(path, url);
      client.current.makeUnaryRequest(path, serialize, deserialize, plain, callMetadata(span), { deadline: until }, (error, answer) => {
        clientCalls.observe({ rpc: path, code: status[error?.code ?? status.OK] }, (performance.now() - startedAt) / 1_000);
        if (span) endCallSpan(span, error?.code ?? status.OK, 'client');
        if (error) reject(isHurried && error.code === status.DEADLINE_EXCEEDED ? new NotWaitedFor(error) : error);
        else resolve(answer);
      });
    });
}
