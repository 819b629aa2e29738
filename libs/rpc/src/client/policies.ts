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
 * The statuses of a peer that is down: the call was not processed, or got no response in time. RESOURCE_EXHAUSTED is not one of
 * them: it concerns one call (its size, a quota), and other calls succeed.
 */
const downCodes = new Set<unknown>([status.UNAVAILABLE, status.DEADLINE_EXCEEDED]);

const breakAfterFailures = 5;
const halfOpenAfterMs = 1_000;
const concurrentCalls = 200;
const waitingCalls = 200;

/** The policies that protect calls to one peer. */
export interface ProxyPolicies {
  readonly forReads: IPolicy;
  readonly forChanges: IPolicy;
  /** Part of both policies; exposed for metrics. */
  readonly breaker: CircuitBreakerPolicy;
}

/**
 * Protects against a peer that is down: a limit on concurrent calls, no calls for a second after five consecutive failures, and
 * a retry of reads that the peer could not process.
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
