import { status } from '@grpc/grpc-js';
import {
  bulkhead,
  type CircuitBreakerPolicy,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  type IPolicy,
  noop,
  retry,
  wrap,
} from 'cockatiel';

const codeOf = (error: unknown): unknown => (error instanceof Error ? (error as { code?: unknown }).code : undefined);
/**
 * The peer did not get to work on the call, or did not answer in time. RESOURCE_EXHAUSTED is not among them: it is about
 * one call (its size, a quota), and other calls go well.
 */
const downCodes = new Set<unknown>([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

const breakAfterFailures = 5;
const halfOpenAfterMs = 1_000;
const concurrentCalls = 200;
const waitingCalls = 200;

/** How calls to one peer are protected. */
export interface ProxyPolicies {
  readonly forReads: IPolicy;
  readonly forChanges: IPolicy;
  /** Part of both; to be watched. */
  readonly breaker: CircuitBreakerPolicy;
}

/**
 * What protects us from a peer that is away: at most so many calls at once, none at all for a second after five failed
 * in a row, and another try for a read that the peer could not take.
 */
export function proxyPolicies(): ProxyPolicies {
  const breaker = circuitBreaker(
    handleWhen((error) => downCodes.has(codeOf(error))),
    { halfOpenAfter: halfOpenAfterMs, breaker: new ConsecutiveBreaker(breakAfterFailures) },
  );
  const limit = bulkhead(concurrentCalls, waitingCalls);
  const again = retry(
    handleWhen((error) => codeOf(error) === status.UNAVAILABLE),
    { maxAttempts: 2, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 400 }) },
  );
  return { forReads: wrap(limit, again, breaker), forChanges: wrap(limit, noop, breaker), breaker };
}
