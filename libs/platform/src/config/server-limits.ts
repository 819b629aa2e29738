import { z } from 'zod';

/** Optional in the type, since programs and specs that use the defaults need not name them; always set after parsing. */
const count = (standard: number, min = 1) => z.coerce.number().int().min(min).default(standard).optional();

export const httpMaxConnections = (standard = 2_000) =>
  count(standard).describe('the maximum number of open connections; further ones are closed immediately');

/** How long an HTTP server waits for its clients, and how many it accepts. */
export const httpLimits = {
  httpHeadersTimeoutMs: count(10_000).describe('the time limit for receiving the head of a request, in milliseconds; then 408'),
  httpRequestTimeoutMs: count(30_000).describe('the time limit for receiving a whole request, in milliseconds; then 408'),
  httpResponseTimeoutMs: count(30_000).describe(
    'the time limit for a client to read a complete response, in milliseconds; then the connection is closed',
  ),
  httpKeepAliveTimeoutMs: count(72_000).describe('the maximum idle time of a connection between two requests, in milliseconds'),
  httpMaxConnections: httpMaxConnections(),
  httpMaxRequestsPerConnection: count(10_000).describe(
    'the number of requests after which a connection is closed, so that load spreads to new instances',
  ),
};

/** When a service rejects HTTP requests because of overload, and how long it may take to stop. */
export const serviceLimits = {
  overloadEventLoopDelayMs: count(1_000, 0).describe(
    'the mean event loop delay, in milliseconds, above which requests get 503 once it has lasted for a second; 0 disables the check',
  ),
  overloadMemoryPercent: count(90, 0).describe(
    "the percentage of V8's heap limit, and of the container's memory, above which requests get 503 in the same way; 0 disables the check",
  ),
  stopWithinMs: count(4_500).describe(
    'the time limit for a stopping process to finish work in progress, in milliseconds; then it exits with code 1',
  ),
};

/** The limits of a gRPC server for its clients. */
export const grpcLimits = {
  grpcMaxConcurrentCalls: count(1_000).describe('the maximum number of calls in flight on one gRPC connection'),
  grpcMaxConnectionAgeMs: count(300_000).describe(
    'the maximum age of a gRPC connection, in milliseconds, so that clients discover new instances; calls in flight then get the same time again, and 10 s more. It is also the maximum age of a stream, which its client then continues',
  ),
  grpcMaxStreams: count(500).describe(
    'the maximum number of open gRPC streams of this process; further ones get RESOURCE_EXHAUSTED. Keep it below FTGO_GRPC_MAX_CONCURRENT_CALLS, which counts streams as well',
  ),
  grpcReflection: z
    .enum(['on', 'off'])
    .default('on')
    .optional()
    .describe('on or off: whether clients may read the description of the gRPC API; always off with security'),
};

type Limits<Shape extends z.ZodRawShape> = { readonly [Name in keyof Shape]-?: NonNullable<z.output<Shape[Name]>> };

export type HttpLimits = Limits<typeof httpLimits>;
export type ServiceLimits = Limits<typeof serviceLimits>;
export type GrpcLimits = Limits<typeof grpcLimits>;

/** The given limits, with defaults for the others. */
export function limitsOf<Shape extends z.ZodRawShape>(shape: Shape, given: object): Limits<Shape> {
  return z.object(shape).parse(given) as Limits<Shape>;
}
