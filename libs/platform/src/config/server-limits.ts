import { z } from 'zod';

/** Set or not in the type, since programs and specs that take the defaults need not name them; always set when parsed. */
const count = (standard: number, min = 1) => z.coerce.number().int().min(min).default(standard).optional();

export const httpMaxConnections = (standard = 2_000) =>
  count(standard).describe('how many connections may be open; beyond that new ones are ended at once');

/** How long an HTTP server waits for its clients, and how many it takes. */
export const httpLimits = {
  httpHeadersTimeoutMs: count(10_000).describe('how many milliseconds the head of a request may take to arrive; then 408'),
  httpRequestTimeoutMs: count(30_000).describe('how many milliseconds a whole request may take to arrive; then 408'),
  httpResponseTimeoutMs: count(30_000).describe(
    'how many milliseconds a client may take to read a complete answer; then the connection is ended',
  ),
  httpKeepAliveTimeoutMs: count(72_000).describe('how many milliseconds a connection may be idle between two requests'),
  httpMaxConnections: httpMaxConnections(),
  httpMaxRequestsPerConnection: count(10_000).describe(
    'after how many requests a connection is ended, so that load spreads over new instances',
  ),
};

/** When a service no longer takes HTTP requests, and how long it may take to stop. */
export const serviceLimits = {
  overloadEventLoopDelayMs: count(1_000, 0).describe(
    'mean delay of the event loop, in milliseconds, above which requests get 503 when it lasts for over a second; 0 never',
  ),
  overloadMemoryPercent: count(90, 0).describe(
    "percentage of V8's heap limit, and of the container's memory, above which requests get 503 in the same way; 0 never",
  ),
  stopWithinMs: count(4_500).describe('how many milliseconds a stopping process may take for what it has in hand; then it ends with 1'),
};

/** What clients of a gRPC server may take. */
export const grpcLimits = {
  grpcMaxConcurrentCalls: count(1_000).describe('how many calls may be in flight on one gRPC connection'),
  grpcMaxConnectionAgeMs: count(300_000).describe(
    'after how many milliseconds a gRPC connection is ended, so that clients look for new instances; calls in flight have 10 s more',
  ),
};

type Limits<Shape extends z.ZodRawShape> = { readonly [Name in keyof Shape]-?: NonNullable<z.output<Shape[Name]>> };

export type HttpLimits = Limits<typeof httpLimits>;
export type ServiceLimits = Limits<typeof serviceLimits>;
export type GrpcLimits = Limits<typeof grpcLimits>;

/** The limits that are set, with defaults for the others. */
export function limitsOf<Shape extends z.ZodRawShape>(shape: Shape, given: object): Limits<Shape> {
  return z.object(shape).parse(given) as Limits<Shape>;
}
