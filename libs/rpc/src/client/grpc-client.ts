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
import { DeadlineTooShort, errorOfCall } from './rpc-errors.js';

export interface GrpcClientOptions {
  /** `host:port`; calls are balanced over all addresses of a name. */
  readonly url: string;
  /** Time limit of a call, unless the caller's own deadline is earlier. Every call has one. */
  readonly deadlineMs?: number;
  /** The peer's name in errors and logs; default: the name of the service. */
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
  const { forReads, forChanges, breaker } = proxyPolicies();
  const { deadlineMs = defaultDeadlineMs, dependency = shortName(service) } = options;
  const unwatch = watchCircuit(dependency, breaker);
  const methods = Object.values(service.method).filter(({ methodKind }) => methodKind === 'unary');
  const calls = methods.map((method) => {
    const send = sender(client, method, { url: options.url, patienceMs: Math.min(deadlineMs, enoughMs) / 2 });
    const policy: IPolicy = isRead(method) ? forReads : forChanges;
    const call = async (request: unknown): Promise<unknown> => {
      // The deadline applies to the call as a whole, including retries.
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

/** `OrderService` becomes `order-service`, the name of the process. */
const shortName = ({ name }: Pick<Service, 'name'>): string => name.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

interface SenderOptions {
  readonly url: string;
  /** A call that had less time and timed out is not a sign that the peer is down. */
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
        if (error) reject(isHurried && error.code === status.DEADLINE_EXCEEDED ? new DeadlineTooShort(error) : error);
        else resolve(answer);
      });
    });
}
